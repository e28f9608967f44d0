// alerts/mta-sts.rules.yml as it is written by scripts/mixin. forDivisor: see config.libsonnet.
function(forDivisor=1)
  local mixin = (import 'mixin.libsonnet') + { _config+:: { forDivisor: forDivisor } };
  |||
    # Rules of mta_sts_exporter for Prometheus 2.42 and newer. Made from mixin/ by scripts/mixin: change it there.
    # What may be changed, and how: docs/alerts.md. What to do when one fires: docs/runbooks/.
  ||| + std.manifestYamlDoc({ groups: mixin.prometheusRules.groups + mixin.prometheusAlerts.groups }, indent_array_in_object=true, quote_keys=false) + '\n'
