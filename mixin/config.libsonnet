// What an operator may want to change. Times are in seconds unless the name says otherwise.
{
  _config+:: {
    // The scrape job of the exporter, for the two alerts that must know its name.
    exporterSelector: 'job="mta-sts"',

    // Where the links of an alert lead.
    docsUrl: 'https://github.com/mta-sts-exporter/mta_sts_exporter/blob/main/docs',
    grafanaUrl: 'http://localhost:3000',

    // A series that is missing for no longer than this (a restart, lost scrapes) neither resolves an alert nor begins its `for` anew.
    gap: '10m',

    // Certificates: a share of the lifetime, with a cap for those that live long.
    certificate: {
      warning: { share: 0.25, days: 21 },
      critical: { share: 0.10, days: 3 },
    },

    // So many domains, and so great a share of all that the provider or MX host serves, make one incident of many alerts.
    incident: { domains: 10, share: 0.2 },

    readyAfterDays: 30,
    minimalMaxAge: 24 * 3600,
    modeLoweredShownFor: 24 * 3600,

    // Divides each `for`, for tests that cannot wait an hour. Expressions stay as they are.
    forDivisor: 1,
  },
}
