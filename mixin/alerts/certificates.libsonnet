// Certificates that run out: a share of the lifetime, so that those of 6 or 45 days make no noise, with a cap for long ones.
// The end is that of the chain where one can be built, else that of the leaf. One that has run out goes on firing.
function(config) {
  local lib = (import '../lib.libsonnet')(config),
  local last = lib.last,
  local limits = config.certificate,

  local ends(prefix) = '(%s or %s)' % [last('%s_cert_chain_not_after_timestamp_seconds' % prefix), last('%s_cert_not_after_timestamp_seconds' % prefix)],
  local lifetime(prefix) = '(%s - %s)' % [last('%s_cert_not_after_timestamp_seconds' % prefix), last('%s_cert_not_before_timestamp_seconds' % prefix)],
  local expiring(prefix, limit) = |||
    %(end)s - time() < %(days)d * 86400
    and (%(end)s - time()) / %(life)s < %(share).2f
  ||| % { end: ends(prefix), life: lifetime(prefix), days: limit.days, share: limit.share },

  local ofPolicyHost(name, severity, wait, limit, whose, summary) = lib.alert(
    name,
    severity,
    wait,
    lib.withPolicyProvider(expiring('mta_sts_policy', limit) + whose),
    summary,
    'The certificate of mta-sts.{{ $labels.domain }} %s. Without a valid one senders get no policy.' % lib.certificateEnd,
    'certificates',
    lib.dashboard('domain', ['domain'])
  ),
  // The addresses of an MX host mostly show the same certificate: one alert a host, about the one that ends first.
  local ofMx(name, severity, wait, limit, whose, summary) = lib.alert(
    name,
    severity,
    wait,
    lib.withMxProvider('min by (job, instance, mx) ' + lib.wrapped(expiring('mta_sts_mx', limit)) + '\n' + whose),
    summary,
    'The certificate of the MX host {{ $labels.mx }} %s. With an invalid one it gets no mail from senders that hold an enforce policy which names it: %s domains.' % [lib.certificateEnd, lib.first('mta_sts_mx_enforced_domains{job=%q,instance=%q,mx=%q}', 'mx')],
    'certificates',
    lib.dashboard('mx', ['mx'])
  ),
  local enforced = '%s > 0' % ('and on (job, instance, mx) ' + last('mta_sts_mx_enforced_domains')),

  group: {
    name: 'mta-sts.certificates',
    rules: [
      ofPolicyHost('MtaStsPolicyCertExpiresNow', 'critical', 15 * 60, limits.critical, lib.inEnforce, 'The certificate of the policy host of a domain in enforce runs out within days, or has run out.'),
      ofMx('MtaStsMxCertExpiresNow', 'critical', 15 * 60, limits.critical, enforced, 'The certificate of an MX host of domains in enforce runs out within days, or has run out.'),
      ofPolicyHost('MtaStsPolicyCertExpiresSoon', 'warning', 3600, limits.warning, lib.inUse, 'The certificate of the policy host should have been renewed by now.'),
      ofMx('MtaStsMxCertExpiresSoon', 'warning', 3600, limits.warning, lib.usedByMtaSts, 'The certificate of the MX host should have been renewed by now.'),
    ],
  },
}
