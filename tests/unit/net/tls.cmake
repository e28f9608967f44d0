exporter_unit_test(net_tls
  SOURCES
    test_pki.cc
    tls_observer_test.cc
    trust_test.cc
  LINKS exporter_net OpenSSL::SSL)
