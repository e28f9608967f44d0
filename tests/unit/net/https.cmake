exporter_unit_test(net_https
  SOURCES
    curl_multi_test.cc
    http_answer_test.cc
    https_faults_test.cc
    https_fixture.cc
    https_request_test.cc
    libc_probe.cc
    scripted_server.cc
    test_pki.cc
  LINKS exporter_net OpenSSL::SSL CURL::libcurl)
