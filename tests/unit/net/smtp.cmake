exporter_unit_test(net_smtp
  SOURCES
    smtp_dialogue_test.cc
    smtp_fixture.cc
    smtp_quit_test.cc
    smtp_reply_test.cc
    smtp_server.cc
    smtp_tls_test.cc
    smtp_transcript_test.cc
    test_pki.cc
  LINKS exporter_net)
