"""What must be shown of the exporter itself."""

from series import key, show

QTYPES = ("txt", "mx", "a", "aaaa", "cname", "tlsa")
RESULTS = ("ok", "nxdomain", "nodata", "servfail", "refused", "timeout", "malformed")
KINDS = ("domain", "mx")
OUTCOMES = ("fail", "inconclusive")

PROCESS = (
    "process_cpu_seconds_total",
    "process_resident_memory_bytes",
    "process_virtual_memory_bytes",
    "process_open_fds",
    "process_max_fds",
    "process_threads",
    "process_start_time_seconds",
)


def _exporter(name, **labels):
    return key(f"mta_sts_exporter_{name}", labels)


def required_keys():
    """Series that are always there."""
    keys = [_exporter("dns_queries_total", qtype=q, result=r) for q in QTYPES for r in RESULTS]
    keys += [_exporter("dns_questions_shared_total", how=how) for how in ("joined", "reused")]
    keys += [_exporter("probe_problems_total", kind=k, outcome=o) for k in KINDS for o in OUTCOMES]
    for name in ("probe_interval_seconds", "probes_total", "probes_in_flight", "schedule_lag_seconds"):
        keys += [_exporter(name, kind=k) for k in KINDS]
    for name in ("probe_duration_seconds_count", "probe_duration_seconds_sum"):
        keys += [_exporter(name, kind=k) for k in KINDS]
    names = ("config_last_reload_successful", "config_last_reload_success_timestamp_seconds", "internal_errors_total")
    keys += [_exporter(name) for name in (*names, "history_errors_total", "history_queue_length")]
    keys += [_exporter(name) for name in ("dns_queries_in_flight", "probe_concurrency", "mx_addresses_paused")]
    keys += [_exporter("domains_waiting")]
    keys += [key(name, {}) for name in PROCESS]
    return keys


def exporter_faults(samples, domains, endpoints):
    """`endpoints`: how many (MX host, address) the lab has."""
    wanted = {
        _exporter("domains"): domains,
        _exporter("mx_endpoints"): endpoints,
        _exporter("internal_errors_total"): 0,
        _exporter("history_errors_total"): 0,
        _exporter("config_last_reload_successful"): 1,
        _exporter("smtp_egress_ok"): 1,
        _exporter("https_egress_ok"): 1,
    }
    faults = [f"missing {show(k)}" for k in required_keys() if k not in samples]
    faults += [f"{show(k)} is {samples.get(k)}, expected {v}" for k, v in wanted.items() if samples.get(k) != v]
    info = [dict(labels) for name, labels in samples if name == "mta_sts_exporter_build_info"]
    if len(info) != 1 or set(info[0]) != {"version", "revision", "compiler"}:
        faults.append(f"mta_sts_exporter_build_info has labels {info}")
    for kind in KINDS:
        if not samples.get(_exporter("probes_total", kind=kind)):
            faults.append(f"no probe of kind {kind} was counted")
    return faults
