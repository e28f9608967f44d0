-- A history of schema version 1, as its program left it.
create table domain (id integer primary key, name text not null unique, past text not null);
create table domain_beat (id integer primary key, probed bigint not null, conclusive bigint, served bigint);
insert into domain values (1, 'a.example', '{"policies":[],"ids":[],"mx_sets":[],"modes":[],"changes":[],"sts_seen":true}');
insert into domain values (7, 'b.example', '{"policies":[],"ids":[],"mx_sets":[],"modes":[],"changes":[]}');
insert into domain_beat values (1, 1750000900000, 1750000800000, 1750000700000);
insert into domain_beat values (7, 1750000001234, null, null);
pragma user_version = 1;
