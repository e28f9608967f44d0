-- A history of schema version 2, as its program left it.
create table domain (id integer primary key, name text not null unique, past text not null, looks text not null default '');
create table domain_beat (id integer primary key, probed bigint not null, conclusive bigint, served bigint);
create table endpoint (id integer primary key, mx text not null, address text not null, looks text not null, unique (mx, address));
create table endpoint_beat (id integer primary key, probed bigint not null, conclusive bigint, served bigint);
insert into domain values (1, 'a.example', '{"policies":[],"ids":[],"mx_sets":[],"modes":[],"changes":[],"sts_seen":true}', 'looks of a');
insert into domain_beat values (1, 1750000900000, 1750000800000, 1750000700000);
insert into endpoint values (3, 'mx.example', '192.0.2.1', 'looks of mx');
insert into endpoint_beat values (3, 1750000900000, null, null);
pragma user_version = 2;
