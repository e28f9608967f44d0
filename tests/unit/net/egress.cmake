exporter_unit_test(net_egress
  SOURCES egress_guard_test.cc
  LINKS exporter_net)
