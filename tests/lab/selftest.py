#!/usr/bin/python3
"""Checks of the lab without servers: the table against the model, and that the comparison notices every difference."""

import sys
import tempfile
import unittest
from pathlib import Path

import compare
import domains
from facts import Web
from lab import all_hosts
from mail import smtpds_of
from pki import Pki
from series import Series, Value, differences
from web import sites_of


def make_comparison(directory):
    pki = Pki(Path(directory) / "pki")
    _, web, _ = sites_of(domains.DOMAINS, pki)
    hosts = all_hosts(domains.DOMAINS, domains.MX_HOSTS)
    _, mx, _ = smtpds_of(hosts, pki)
    return compare.Comparison(domains.DOMAINS, compare.World({h.name: h for h in hosts}, web, mx, 0))


class Table(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with tempfile.TemporaryDirectory() as directory:
            cls.comparison = make_comparison(directory)

    def test_names_are_unique(self):
        names = [d.name for d in domains.DOMAINS]
        self.assertEqual(len(names), len(set(names)))

    def test_written_problems_are_those_of_the_model(self):
        self.assertEqual(compare.table_faults(self.comparison.models), [])

    def test_every_expected_series_is_expected_once(self):
        for model in self.comparison.models:
            keys = [s.key for s in model.series()]
            self.assertEqual(len(keys), len(set(keys)), model.domain.name)

    def test_addresses_with_own_options_are_not_shared(self):
        users = {}
        for domain in domains.DOMAINS:
            for web in domain.web:
                users.setdefault(web.address, set()).add(web.tls)
        self.assertTrue(all(len(kinds) == 1 for kinds in users.values()), users)
        self.assertIn(Web().address, users)

    def test_an_address_of_the_fault_server_has_one_policy_host(self):
        used = [web.address for domain in domains.DOMAINS for web in domain.web]
        for domain in domains.DOMAINS:
            for web in domain.web:
                self.assertTrue(not web.fault or used.count(web.address) == 1, web.address)


class Differences(unittest.TestCase):
    expected = [Series("a", {"domain": "x"}), Series("b", {"domain": "x"}, Value(low=1, high=2))]
    good = {s.key: 1.0 for s in expected}

    def test_as_expected(self):
        self.assertEqual(differences(self.expected, self.good, 0), [])

    def test_missing(self):
        self.assertIn("missing", differences(self.expected, {self.expected[0].key: 1.0}, 0)[0])

    def test_unexpected(self):
        self.assertIn("unexpected", differences(self.expected[:1], self.good, 0)[0])

    def test_wrong_value(self):
        self.assertIn("wrong value", differences(self.expected, {**self.good, self.expected[1].key: 3.0}, 0)[0])

    def test_same_as_another(self):
        first = Series("a", {"domain": "x"}, Value(5))
        twin = Series("c", {"domain": "x"}, Value(same_as=first.key))
        self.assertEqual(differences([first, twin], {first.key: 5, twin.key: 5}, 0), [])
        self.assertEqual(len(differences([first, twin], {first.key: 5, twin.key: 6}, 0)), 1)


if __name__ == "__main__":
    sys.exit(unittest.main())
