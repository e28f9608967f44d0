exporter_unit_test(net_tls
  SOURCES
    test_pki.cc
    known_chains_test.cc
    tls_observer_test.cc
    trust_test.cc
  LINKS exporter_net OpenSSL::SSL)
