exporter_unit_test(net_dns
  SOURCES
    dns_cancel_test.cc
    dns_client_test.cc
    dns_fake_server.cc
    dns_message_test.cc
    dns_reply_builder.cc
    dns_servers_test.cc
    dns_transport_test.cc
    kept_answers_test.cc
    shared_resolver_limits_test.cc
    shared_resolver_test.cc
  LINKS exporter_net)
