-- PUT cdrs
insert into "owner_counters" ("side", "owner_id", "unit", "start", "n")
select "side", "owner_id", "unit", "start", sum("n")
from (select value->>0 as "side", value->>1 as "owner_id", value->>2 as "unit", value->>3 as "start", value->>4 as "n"
  from json_each(?1, '$.owners')
  union all select cell.side as "side", iif(cell.side = 0, "customer_id", "vendor_id") as "owner_id", cell.unit as "unit", "time_start" / span - ("time_start" % span < 0) as "start", -count(*) as "n"
  from (select "cdrs"."customer_id", "cdrs"."customer_acc_id", "cdrs"."vendor_id", "cdrs"."vendor_acc_id", "cdrs"."is_last_cdr", "cdrs"."time_start"
    from json_each(?1, '$.ids')
    inner join "cdrs" on "cdrs"."id" = value) as counted
  cross join (select 0 as side, 0 as unit, 3600000000 as span
    union all select 0, 1, 86400000000
    union all select 1, 0, 3600000000
    union all select 1, 1, 86400000000) as cell
  where cell.side = 1 or "is_last_cdr" = 1
  group by "side", "owner_id", "unit", "start"
  having "owner_id" is not null
  union all select cell.side as "side", iif(cell.side = 0, "customer_id", "vendor_id") as "owner_id", cell.unit as "unit", "time_start" / span - ("time_start" % span < 0) as "start", count(*) as "n"
  from (select iif(json_type(value, '$.customer_id') is null, "cdrs"."customer_id", value->>'customer_id') as "customer_id", iif(json_type(value, '$.customer_acc_id') is null, "cdrs"."customer_acc_id", value->>'customer_acc_id') as "customer_acc_id", iif(json_type(value, '$.vendor_id') is null, "cdrs"."vendor_id", value->>'vendor_id') as "vendor_id", iif(json_type(value, '$.vendor_acc_id') is null, "cdrs"."vendor_acc_id", value->>'vendor_acc_id') as "vendor_acc_id", iif(json_type(value, '$.is_last_cdr') is null, "cdrs"."is_last_cdr", value->>'is_last_cdr') as "is_last_cdr", iif(json_type(value, '$.time_start') is null, "cdrs"."time_start", value->>'time_start') as "time_start"
    from json_each(?1, '$.patches')
    left join "cdrs" on "cdrs"."id" = value->>'id') as counted
  cross join (select 0 as side, 0 as unit, 3600000000 as span
    union all select 0, 1, 86400000000
    union all select 1, 0, 3600000000
    union all select 1, 1, 86400000000) as cell
  where cell.side = 1 or "is_last_cdr" = 1
  group by "side", "owner_id", "unit", "start"
  having "owner_id" is not null)
group by "side", "owner_id", "unit", "start"
having sum("n") <> 0
on conflict ("owner_counters"."side", "owner_counters"."owner_id", "owner_counters"."unit", "owner_counters"."start") do update set "n" = "owner_counters"."n" + excluded."n";
insert into "account_counters" ("side", "owner_id", "account_id", "unit", "start", "n")
select "side", "owner_id", "account_id", "unit", "start", sum("n")
from (select value->>0 as "side", value->>1 as "owner_id", value->>2 as "account_id", value->>3 as "unit", value->>4 as "start", value->>5 as "n"
  from json_each(?1, '$.accounts')
  union all select cell.side as "side", iif(cell.side = 0, "customer_id", "vendor_id") as "owner_id", iif(cell.side = 0, "customer_acc_id", "vendor_acc_id") as "account_id", cell.unit as "unit", "time_start" / span - ("time_start" % span < 0) as "start", -count(*) as "n"
  from (select "cdrs"."customer_id", "cdrs"."customer_acc_id", "cdrs"."vendor_id", "cdrs"."vendor_acc_id", "cdrs"."is_last_cdr", "cdrs"."time_start"
    from json_each(?1, '$.ids')
    inner join "cdrs" on "cdrs"."id" = value) as counted
  cross join (select 0 as side, 0 as unit, 3600000000 as span
    union all select 0, 1, 86400000000
    union all select 1, 0, 3600000000
    union all select 1, 1, 86400000000) as cell
  where cell.side = 1 or "is_last_cdr" = 1
  group by "side", "owner_id", "account_id", "unit", "start"
  having ("owner_id" is not null and "account_id" is not null)
  union all select cell.side as "side", iif(cell.side = 0, "customer_id", "vendor_id") as "owner_id", iif(cell.side = 0, "customer_acc_id", "vendor_acc_id") as "account_id", cell.unit as "unit", "time_start" / span - ("time_start" % span < 0) as "start", count(*) as "n"
  from (select iif(json_type(value, '$.customer_id') is null, "cdrs"."customer_id", value->>'customer_id') as "customer_id", iif(json_type(value, '$.customer_acc_id') is null, "cdrs"."customer_acc_id", value->>'customer_acc_id') as "customer_acc_id", iif(json_type(value, '$.vendor_id') is null, "cdrs"."vendor_id", value->>'vendor_id') as "vendor_id", iif(json_type(value, '$.vendor_acc_id') is null, "cdrs"."vendor_acc_id", value->>'vendor_acc_id') as "vendor_acc_id", iif(json_type(value, '$.is_last_cdr') is null, "cdrs"."is_last_cdr", value->>'is_last_cdr') as "is_last_cdr", iif(json_type(value, '$.time_start') is null, "cdrs"."time_start", value->>'time_start') as "time_start"
    from json_each(?1, '$.patches')
    left join "cdrs" on "cdrs"."id" = value->>'id') as counted
  cross join (select 0 as side, 0 as unit, 3600000000 as span
    union all select 0, 1, 86400000000
    union all select 1, 0, 3600000000
    union all select 1, 1, 86400000000) as cell
  where cell.side = 1 or "is_last_cdr" = 1
  group by "side", "owner_id", "account_id", "unit", "start"
  having ("owner_id" is not null and "account_id" is not null))
group by "side", "owner_id", "account_id", "unit", "start"
having sum("n") <> 0
on conflict ("account_counters"."side", "account_counters"."owner_id", "account_counters"."account_id", "account_counters"."unit", "account_counters"."start") do update set "n" = "account_counters"."n" + excluded."n";
update "ingest_state" set "cdrs" = "ingest_state"."cdrs" + "n", "last_batch_at" = iif("n" > 0, (?1->>'at'), "ingest_state"."last_batch_at"), "last_batch_cdrs" = iif("n" > 0, "n", "ingest_state"."last_batch_cdrs"), "last_batch_id" = iif("n" > 0, (?1->>'batch'), "ingest_state"."last_batch_id"), "recount_spoiled" = "ingest_state"."recount_spoiled" or coalesce((?1->>'lowest') < "ingest_state"."recount_from", 0)
from (select json_array_length(?1, '$.ids') - count(*) as "n"
  from json_each(?1, '$.ids')
  inner join "cdrs" on "cdrs"."id" = value) "fresh"
where ("n" > 0 or (coalesce((?1->>'lowest') < "ingest_state"."recount_from", 0) and not "ingest_state"."recount_spoiled"));
with given as materialized (select value
  from json_each(?1)) insert into "cdrs" ("id", "customer_id", "vendor_id", "is_last_cdr", "time_start", "is_incoming")
select value->>0, value->>1, value->>2, value->>3, value->>4, exists (select 1
  from "incoming_vendors"
  where "incoming_vendors"."vendor_id" = value->>2)
from given
where true
on conflict ("id") do update set "customer_id" = excluded."customer_id", "vendor_id" = excluded."vendor_id", "is_last_cdr" = excluded."is_last_cdr", "time_start" = excluded."time_start", "is_incoming" = excluded."is_incoming"
where ("cdrs"."customer_id", "cdrs"."vendor_id", "cdrs"."is_last_cdr", "cdrs"."time_start", "cdrs"."is_incoming") is not (excluded."customer_id", excluded."vendor_id", excluded."is_last_cdr", excluded."time_start", excluded."is_incoming");

-- PUT cdrs, one as it is patched
select cast("id" as text) as "key", cast("id" as text) as "id", null as "digest"
from "cdrs"
where ("cdrs"."id" in (select value
    from json_each(?1, '$.keys')) or "cdrs"."id" in (select value
    from json_each(?1, '$.ids')));
with given as materialized (select value
  from json_each(?1)) insert into "cdrs" ("id", "local_tag", "folded", "time_start")
select value->>0, value->>1, value->>2, (select "time_start"
  from "cdrs"
  where "cdrs"."id" = value->>0)
from given
where true
on conflict ("id") do update set "local_tag" = excluded."local_tag", "folded" = nullif(json_patch(json_patch(coalesce("cdrs"."folded", '{}'), '{"local_tag":null}'), coalesce(excluded."folded", '{}')), '{}')
where ("cdrs"."local_tag") is not (excluded."local_tag");

-- PUT cdrs, all different
with given as materialized (select value
  from json_each(?1)) insert into "cdrs" ("id", "customer_id", "customer_acc_id", "vendor_id", "vendor_acc_id", "is_last_cdr", "time_start", "time_connect", "time_end", "duration", "success", "destination_prefix", "destination_initial_interval", "destination_initial_rate", "destination_next_interval", "destination_next_rate", "destination_fee", "destination_reverse_billing", "customer_acc_vat", "customer_price", "customer_price_no_vat", "customer_duration", "dialpeer_prefix", "dialpeer_initial_interval", "dialpeer_initial_rate", "dialpeer_next_interval", "dialpeer_next_rate", "dialpeer_fee", "dialpeer_reverse_billing", "vendor_price", "vendor_duration", "src_name_in", "src_prefix_in", "from_domain", "dst_prefix_in", "to_domain", "ruri_domain", "diversion_in", "src_name_out", "src_prefix_out", "dst_prefix_out", "diversion_out", "src_prefix_routing", "dst_prefix_routing", "local_tag", "lega_disconnect_code", "lega_disconnect_reason", "legb_disconnect_code", "legb_disconnect_reason", "auth_orig_transport_protocol_id", "auth_orig_ip", "auth_orig_port", "sign_term_ip", "sign_term_port", "sign_term_transport_protocol_id", "orig_call_id", "term_call_id", "lega_user_agent", "legb_user_agent", "pai_in", "ppi_in", "privacy_in", "rpid_in", "rpid_privacy_in", "audio_recorded", "folded", "is_incoming")
select iif(json_type(value, '$.id') is null, stored."id", value->>'id'), iif(json_type(value, '$.customer_id') is null, stored."customer_id", value->>'customer_id'), iif(json_type(value, '$.customer_acc_id') is null, stored."customer_acc_id", value->>'customer_acc_id'), iif(json_type(value, '$.vendor_id') is null, stored."vendor_id", value->>'vendor_id'), iif(json_type(value, '$.vendor_acc_id') is null, stored."vendor_acc_id", value->>'vendor_acc_id'), iif(json_type(value, '$.is_last_cdr') is null, stored."is_last_cdr", value->>'is_last_cdr'), iif(json_type(value, '$.time_start') is null, stored."time_start", value->>'time_start'), iif(json_type(value, '$.time_connect') is null, stored."time_connect", value->>'time_connect'), iif(json_type(value, '$.time_end') is null, stored."time_end", value->>'time_end'), iif(json_type(value, '$.duration') is null, stored."duration", value->>'duration'), iif(json_type(value, '$.success') is null, stored."success", value->>'success'), iif(json_type(value, '$.destination_prefix') is null, stored."destination_prefix", value->>'destination_prefix'), iif(json_type(value, '$.destination_initial_interval') is null, stored."destination_initial_interval", value->>'destination_initial_interval'), iif(json_type(value, '$.destination_initial_rate') is null, stored."destination_initial_rate", value->>'destination_initial_rate'), iif(json_type(value, '$.destination_next_interval') is null, stored."destination_next_interval", value->>'destination_next_interval'), iif(json_type(value, '$.destination_next_rate') is null, stored."destination_next_rate", value->>'destination_next_rate'), iif(json_type(value, '$.destination_fee') is null, stored."destination_fee", value->>'destination_fee'), iif(json_type(value, '$.destination_reverse_billing') is null, stored."destination_reverse_billing", value->>'destination_reverse_billing'), iif(json_type(value, '$.customer_acc_vat') is null, stored."customer_acc_vat", value->>'customer_acc_vat'), iif(json_type(value, '$.customer_price') is null, stored."customer_price", value->>'customer_price'), iif(json_type(value, '$.customer_price_no_vat') is null, stored."customer_price_no_vat", value->>'customer_price_no_vat'), iif(json_type(value, '$.customer_duration') is null, stored."customer_duration", value->>'customer_duration'), iif(json_type(value, '$.dialpeer_prefix') is null, stored."dialpeer_prefix", value->>'dialpeer_prefix'), iif(json_type(value, '$.dialpeer_initial_interval') is null, stored."dialpeer_initial_interval", value->>'dialpeer_initial_interval'), iif(json_type(value, '$.dialpeer_initial_rate') is null, stored."dialpeer_initial_rate", value->>'dialpeer_initial_rate'), iif(json_type(value, '$.dialpeer_next_interval') is null, stored."dialpeer_next_interval", value->>'dialpeer_next_interval'), iif(json_type(value, '$.dialpeer_next_rate') is null, stored."dialpeer_next_rate", value->>'dialpeer_next_rate'), iif(json_type(value, '$.dialpeer_fee') is null, stored."dialpeer_fee", value->>'dialpeer_fee'), iif(json_type(value, '$.dialpeer_reverse_billing') is null, stored."dialpeer_reverse_billing", value->>'dialpeer_reverse_billing'), iif(json_type(value, '$.vendor_price') is null, stored."vendor_price", value->>'vendor_price'), iif(json_type(value, '$.vendor_duration') is null, stored."vendor_duration", value->>'vendor_duration'), iif(json_type(value, '$.src_name_in') is null, stored."src_name_in", value->>'src_name_in'), iif(json_type(value, '$.src_prefix_in') is null, stored."src_prefix_in", value->>'src_prefix_in'), iif(json_type(value, '$.from_domain') is null, stored."from_domain", value->>'from_domain'), iif(json_type(value, '$.dst_prefix_in') is null, stored."dst_prefix_in", value->>'dst_prefix_in'), iif(json_type(value, '$.to_domain') is null, stored."to_domain", value->>'to_domain'), iif(json_type(value, '$.ruri_domain') is null, stored."ruri_domain", value->>'ruri_domain'), iif(json_type(value, '$.diversion_in') is null, stored."diversion_in", value->>'diversion_in'), iif(json_type(value, '$.src_name_out') is null, stored."src_name_out", value->>'src_name_out'), iif(json_type(value, '$.src_prefix_out') is null, stored."src_prefix_out", value->>'src_prefix_out'), iif(json_type(value, '$.dst_prefix_out') is null, stored."dst_prefix_out", value->>'dst_prefix_out'), iif(json_type(value, '$.diversion_out') is null, stored."diversion_out", value->>'diversion_out'), iif(json_type(value, '$.src_prefix_routing') is null, stored."src_prefix_routing", value->>'src_prefix_routing'), iif(json_type(value, '$.dst_prefix_routing') is null, stored."dst_prefix_routing", value->>'dst_prefix_routing'), iif(json_type(value, '$.local_tag') is null, stored."local_tag", value->>'local_tag'), iif(json_type(value, '$.lega_disconnect_code') is null, stored."lega_disconnect_code", value->>'lega_disconnect_code'), iif(json_type(value, '$.lega_disconnect_reason') is null, stored."lega_disconnect_reason", value->>'lega_disconnect_reason'), iif(json_type(value, '$.legb_disconnect_code') is null, stored."legb_disconnect_code", value->>'legb_disconnect_code'), iif(json_type(value, '$.legb_disconnect_reason') is null, stored."legb_disconnect_reason", value->>'legb_disconnect_reason'), iif(json_type(value, '$.auth_orig_transport_protocol_id') is null, stored."auth_orig_transport_protocol_id", value->>'auth_orig_transport_protocol_id'), iif(json_type(value, '$.auth_orig_ip') is null, stored."auth_orig_ip", value->>'auth_orig_ip'), iif(json_type(value, '$.auth_orig_port') is null, stored."auth_orig_port", value->>'auth_orig_port'), iif(json_type(value, '$.sign_term_ip') is null, stored."sign_term_ip", value->>'sign_term_ip'), iif(json_type(value, '$.sign_term_port') is null, stored."sign_term_port", value->>'sign_term_port'), iif(json_type(value, '$.sign_term_transport_protocol_id') is null, stored."sign_term_transport_protocol_id", value->>'sign_term_transport_protocol_id'), iif(json_type(value, '$.orig_call_id') is null, stored."orig_call_id", value->>'orig_call_id'), iif(json_type(value, '$.term_call_id') is null, stored."term_call_id", value->>'term_call_id'), iif(json_type(value, '$.lega_user_agent') is null, stored."lega_user_agent", value->>'lega_user_agent'), iif(json_type(value, '$.legb_user_agent') is null, stored."legb_user_agent", value->>'legb_user_agent'), iif(json_type(value, '$.pai_in') is null, stored."pai_in", value->>'pai_in'), iif(json_type(value, '$.ppi_in') is null, stored."ppi_in", value->>'ppi_in'), iif(json_type(value, '$.privacy_in') is null, stored."privacy_in", value->>'privacy_in'), iif(json_type(value, '$.rpid_in') is null, stored."rpid_in", value->>'rpid_in'), iif(json_type(value, '$.rpid_privacy_in') is null, stored."rpid_privacy_in", value->>'rpid_privacy_in'), iif(json_type(value, '$.audio_recorded') is null, stored."audio_recorded", value->>'audio_recorded'), nullif(json_patch(coalesce(stored."folded", '{}'), coalesce(value->>'folded', '{}')), '{}'), exists (select 1
  from "incoming_vendors"
  where "incoming_vendors"."vendor_id" = iif(json_type(value, '$.vendor_id') is null, stored."vendor_id", value->>'vendor_id'))
from given
left join "cdrs" as stored on stored."id" = value->>'id'
where true
on conflict ("id") do update set "customer_id" = excluded."customer_id", "customer_acc_id" = excluded."customer_acc_id", "vendor_id" = excluded."vendor_id", "vendor_acc_id" = excluded."vendor_acc_id", "is_last_cdr" = excluded."is_last_cdr", "time_start" = excluded."time_start", "time_connect" = excluded."time_connect", "time_end" = excluded."time_end", "duration" = excluded."duration", "success" = excluded."success", "destination_prefix" = excluded."destination_prefix", "destination_initial_interval" = excluded."destination_initial_interval", "destination_initial_rate" = excluded."destination_initial_rate", "destination_next_interval" = excluded."destination_next_interval", "destination_next_rate" = excluded."destination_next_rate", "destination_fee" = excluded."destination_fee", "destination_reverse_billing" = excluded."destination_reverse_billing", "customer_acc_vat" = excluded."customer_acc_vat", "customer_price" = excluded."customer_price", "customer_price_no_vat" = excluded."customer_price_no_vat", "customer_duration" = excluded."customer_duration", "dialpeer_prefix" = excluded."dialpeer_prefix", "dialpeer_initial_interval" = excluded."dialpeer_initial_interval", "dialpeer_initial_rate" = excluded."dialpeer_initial_rate", "dialpeer_next_interval" = excluded."dialpeer_next_interval", "dialpeer_next_rate" = excluded."dialpeer_next_rate", "dialpeer_fee" = excluded."dialpeer_fee", "dialpeer_reverse_billing" = excluded."dialpeer_reverse_billing", "vendor_price" = excluded."vendor_price", "vendor_duration" = excluded."vendor_duration", "src_name_in" = excluded."src_name_in", "src_prefix_in" = excluded."src_prefix_in", "from_domain" = excluded."from_domain", "dst_prefix_in" = excluded."dst_prefix_in", "to_domain" = excluded."to_domain", "ruri_domain" = excluded."ruri_domain", "diversion_in" = excluded."diversion_in", "src_name_out" = excluded."src_name_out", "src_prefix_out" = excluded."src_prefix_out", "dst_prefix_out" = excluded."dst_prefix_out", "diversion_out" = excluded."diversion_out", "src_prefix_routing" = excluded."src_prefix_routing", "dst_prefix_routing" = excluded."dst_prefix_routing", "local_tag" = excluded."local_tag", "lega_disconnect_code" = excluded."lega_disconnect_code", "lega_disconnect_reason" = excluded."lega_disconnect_reason", "legb_disconnect_code" = excluded."legb_disconnect_code", "legb_disconnect_reason" = excluded."legb_disconnect_reason", "auth_orig_transport_protocol_id" = excluded."auth_orig_transport_protocol_id", "auth_orig_ip" = excluded."auth_orig_ip", "auth_orig_port" = excluded."auth_orig_port", "sign_term_ip" = excluded."sign_term_ip", "sign_term_port" = excluded."sign_term_port", "sign_term_transport_protocol_id" = excluded."sign_term_transport_protocol_id", "orig_call_id" = excluded."orig_call_id", "term_call_id" = excluded."term_call_id", "lega_user_agent" = excluded."lega_user_agent", "legb_user_agent" = excluded."legb_user_agent", "pai_in" = excluded."pai_in", "ppi_in" = excluded."ppi_in", "privacy_in" = excluded."privacy_in", "rpid_in" = excluded."rpid_in", "rpid_privacy_in" = excluded."rpid_privacy_in", "audio_recorded" = excluded."audio_recorded", "is_incoming" = excluded."is_incoming", "folded" = excluded."folded"
where ("cdrs"."customer_id", "cdrs"."customer_acc_id", "cdrs"."vendor_id", "cdrs"."vendor_acc_id", "cdrs"."is_last_cdr", "cdrs"."time_start", "cdrs"."time_connect", "cdrs"."time_end", "cdrs"."duration", "cdrs"."success", "cdrs"."destination_prefix", "cdrs"."destination_initial_interval", "cdrs"."destination_initial_rate", "cdrs"."destination_next_interval", "cdrs"."destination_next_rate", "cdrs"."destination_fee", "cdrs"."destination_reverse_billing", "cdrs"."customer_acc_vat", "cdrs"."customer_price", "cdrs"."customer_price_no_vat", "cdrs"."customer_duration", "cdrs"."dialpeer_prefix", "cdrs"."dialpeer_initial_interval", "cdrs"."dialpeer_initial_rate", "cdrs"."dialpeer_next_interval", "cdrs"."dialpeer_next_rate", "cdrs"."dialpeer_fee", "cdrs"."dialpeer_reverse_billing", "cdrs"."vendor_price", "cdrs"."vendor_duration", "cdrs"."src_name_in", "cdrs"."src_prefix_in", "cdrs"."from_domain", "cdrs"."dst_prefix_in", "cdrs"."to_domain", "cdrs"."ruri_domain", "cdrs"."diversion_in", "cdrs"."src_name_out", "cdrs"."src_prefix_out", "cdrs"."dst_prefix_out", "cdrs"."diversion_out", "cdrs"."src_prefix_routing", "cdrs"."dst_prefix_routing", "cdrs"."local_tag", "cdrs"."lega_disconnect_code", "cdrs"."lega_disconnect_reason", "cdrs"."legb_disconnect_code", "cdrs"."legb_disconnect_reason", "cdrs"."auth_orig_transport_protocol_id", "cdrs"."auth_orig_ip", "cdrs"."auth_orig_port", "cdrs"."sign_term_ip", "cdrs"."sign_term_port", "cdrs"."sign_term_transport_protocol_id", "cdrs"."orig_call_id", "cdrs"."term_call_id", "cdrs"."lega_user_agent", "cdrs"."legb_user_agent", "cdrs"."pai_in", "cdrs"."ppi_in", "cdrs"."privacy_in", "cdrs"."rpid_in", "cdrs"."rpid_privacy_in", "cdrs"."audio_recorded", "cdrs"."is_incoming") is not (excluded."customer_id", excluded."customer_acc_id", excluded."vendor_id", excluded."vendor_acc_id", excluded."is_last_cdr", excluded."time_start", excluded."time_connect", excluded."time_end", excluded."duration", excluded."success", excluded."destination_prefix", excluded."destination_initial_interval", excluded."destination_initial_rate", excluded."destination_next_interval", excluded."destination_next_rate", excluded."destination_fee", excluded."destination_reverse_billing", excluded."customer_acc_vat", excluded."customer_price", excluded."customer_price_no_vat", excluded."customer_duration", excluded."dialpeer_prefix", excluded."dialpeer_initial_interval", excluded."dialpeer_initial_rate", excluded."dialpeer_next_interval", excluded."dialpeer_next_rate", excluded."dialpeer_fee", excluded."dialpeer_reverse_billing", excluded."vendor_price", excluded."vendor_duration", excluded."src_name_in", excluded."src_prefix_in", excluded."from_domain", excluded."dst_prefix_in", excluded."to_domain", excluded."ruri_domain", excluded."diversion_in", excluded."src_name_out", excluded."src_prefix_out", excluded."dst_prefix_out", excluded."diversion_out", excluded."src_prefix_routing", excluded."dst_prefix_routing", excluded."local_tag", excluded."lega_disconnect_code", excluded."lega_disconnect_reason", excluded."legb_disconnect_code", excluded."legb_disconnect_reason", excluded."auth_orig_transport_protocol_id", excluded."auth_orig_ip", excluded."auth_orig_port", excluded."sign_term_ip", excluded."sign_term_port", excluded."sign_term_transport_protocol_id", excluded."orig_call_id", excluded."term_call_id", excluded."lega_user_agent", excluded."legb_user_agent", excluded."pai_in", excluded."ppi_in", excluded."privacy_in", excluded."rpid_in", excluded."rpid_privacy_in", excluded."audio_recorded", excluded."is_incoming");

-- PUT cdrs, one refused
insert into "rejected_cdrs" ("digest", "rejected_at", "detail", "given")
select value->>0, value->>1, value->>2, value->>3
from json_each(?1)
where true
on conflict ("digest") do nothing;
delete
from "rejected_cdrs"
where "rejected_cdrs"."id" <= (select max("id")
  from "rejected_cdrs") - 10000;

-- PUT cdrs, one cut
insert into "cut_cdrs" ("id")
select value
from json_each(?1)
where true
on conflict do nothing;

-- PUT customers
insert into "incoming_vendors" ("vendor_id", "unmarked_from")
select value, iif(exists (select 1
    from "owner_counters"
    where ("owner_counters"."side" = 1 and "owner_counters"."owner_id" = value)), (?1->>'from'), null)
from json_each(?1, '$.vendors')
where true
on conflict do nothing;
select "vendor_id", cast("unmarked_from" as text)
from "incoming_vendors"
where ("incoming_vendors"."unmarked_from" is not null and "incoming_vendors"."vendor_id" in (select value
    from json_each(?1, '$.vendors')));
select cast("id" as text)
from "cdrs"
where "cdrs"."id" >= (?1->>'first')
order by "cdrs"."id" asc limit 1 offset (?1->>'n');
update "cdrs" set "is_incoming" = 1
where ("cdrs"."id" between (?1->>'first') and (?1->>'last') and "cdrs"."is_incoming" = 0 and "cdrs"."vendor_id" in (select value
    from json_each(?1, '$.vendors')));
update "incoming_vendors" set "unmarked_from" = (?1->>'next')
where ("incoming_vendors"."unmarked_from" <= (?1->>'last') and "incoming_vendors"."vendor_id" in (select value
    from json_each(?1, '$.vendors')));
with given as materialized (select value
  from json_each(?1)) insert into "customers" ("id")
select value->>0
from given
where true
on conflict ("id") do nothing;

-- PUT accounts
with given as materialized (select value
  from json_each(?1)) insert into "accounts" ("id", "uuid", "customer_id", "name", "folded")
select value->>0, value->>1, value->>2, value->>3, value->>4
from given
where true
on conflict ("id") do update set "uuid" = excluded."uuid", "customer_id" = excluded."customer_id", "name" = excluded."name", "folded" = excluded."folded"
where ("accounts"."uuid", "accounts"."customer_id", "accounts"."name") is not (excluded."uuid", excluded."customer_id", excluded."name");
update "cdr_exports" set "customer_id" = "accounts"."customer_id"
from "accounts"
where ("cdr_exports"."customer_account_id" in (select value
    from json_each(?1)) and "cdr_exports"."customer_id" is null and "accounts"."id" = "cdr_exports"."customer_account_id" and "accounts"."customer_id" is not null);

-- PUT api-accesses
select cast("id" as text) as "key", cast("id" as text) as "id", "password_digest" as "digest"
from "api_accesses"
where ("api_accesses"."id" in (select value
    from json_each(?1, '$.keys')) or "api_accesses"."id" in (select value
    from json_each(?1, '$.ids')));
with given as materialized (select value
  from json_each(?1)) insert into "api_accesses" ("id", "customer_id", "login", "password_digest")
select value->>0, value->>1, value->>2, value->>3
from given
where true
on conflict ("id") do update set "customer_id" = excluded."customer_id", "login" = excluded."login", "password_digest" = excluded."password_digest"
where ("api_accesses"."customer_id", "api_accesses"."login", "api_accesses"."password_digest") is not (excluded."customer_id", excluded."login", excluded."password_digest");

-- PUT transport-protocols
with given as materialized (select value
  from json_each(?1)) insert into "transport_protocols" ("id", "name")
select value->>0, value->>1
from given
where true
on conflict ("id") do update set "name" = excluded."name"
where ("transport_protocols"."name") is not (excluded."name");

-- PUT profiles
with given as materialized (select value
  from json_each(?1)) insert into "profiles" ("id", "name")
select value->>0, value->>1
from given
where true
on conflict ("id") do update set "name" = excluded."name"
where ("profiles"."name") is not (excluded."name");

-- PUT cdr-exports
select cast("uuid" as text) as "key", cast("id" as text) as "id", null as "digest"
from "cdr_exports"
where ("cdr_exports"."uuid" in (select value
    from json_each(?1, '$.keys')) or "cdr_exports"."id" in (select value
    from json_each(?1, '$.ids')));
with given as materialized (select value
  from json_each(?1)) insert into "cdr_exports" ("id", "uuid", "customer_account_id")
select value->>0, value->>1, value->>2
from given
where true
on conflict ("uuid") do update set "customer_account_id" = excluded."customer_account_id"
where ("cdr_exports"."customer_account_id") is not (excluded."customer_account_id");
update "cdr_exports" set "customer_id" = "accounts"."customer_id"
from "accounts"
where ("cdr_exports"."uuid" in (select value
    from json_each(?1)) and "cdr_exports"."customer_id" is null and "accounts"."id" = "cdr_exports"."customer_account_id" and "accounts"."customer_id" is not null);

-- DELETE api-accesses
delete
from "api_accesses"
where "api_accesses"."id" = (?1->>'key');

-- GET status
select (select count(*)
  from (select 1
    from "customers" limit 10000)), (select count(*)
  from (select 1
    from "accounts" limit 10000)), (select count(*)
  from (select 1
    from "api_accesses" limit 10000)), (select count(*)
  from (select 1
    from "transport_protocols" limit 10000)), (select count(*)
  from (select 1
    from "cdr_exports" limit 10000)), (select count(*)
  from (select 1
    from "cdr_exports"
    where "cdr_exports"."status" = 'Pending' limit 10000)), (select count(*)
  from (select 1
    from "cut_cdrs" limit 10000)), (select count(*)
  from "rejected_cdrs"), (select max("rejected_at")
  from "rejected_cdrs"
  where "rejected_cdrs"."id" = (select max("id")
    from "rejected_cdrs"))
from (select 1);
select "cdrs", "last_batch_at", "last_batch_cdrs", "last_batch_id"
from "ingest_state";
with "owners" as (select (select min("customer_id")
    from "cdrs"
    where "cdrs"."is_last_cdr" = 1) as id
  union all select (select min("customer_id")
    from "cdrs"
    where ("cdrs"."is_last_cdr" = 1 and "cdrs"."customer_id" > owners.id))
  from owners
  where owners.id is not null)
select min((select min("time_start")
    from "cdrs"
    where ("cdrs"."is_last_cdr" = 1 and "cdrs"."customer_id" = owners.id))), max((select max("time_start")
    from "cdrs"
    where ("cdrs"."is_last_cdr" = 1 and "cdrs"."customer_id" = owners.id)))
from "owners"
where owners.id is not null;
select not exists (select 1
  from (select cell.side as "side", iif(cell.side = 0, "customer_id", "vendor_id") as "owner_id", cell.unit as "unit", "time_start" / span - ("time_start" % span < 0) as "start", count(*) as "n"
    from (select "customer_id", "customer_acc_id", "vendor_id", "vendor_acc_id", "is_last_cdr", "time_start"
      from "cdrs"
      order by "cdrs"."id" asc limit 1) as counted
    cross join (select 0 as side, 0 as unit, 3600000000 as span
      union all select 0, 1, 86400000000
      union all select 1, 0, 3600000000
      union all select 1, 1, 86400000000) as cell
    where cell.side = 1 or "is_last_cdr" = 1
    group by "side", "owner_id", "unit", "start"
    having "owner_id" is not null) as given
  left join "owner_counters" as kept using ("side", "owner_id", "unit", "start")
  where coalesce(kept.n, 0) < given.n), not exists (select "vendor_id"
  from "incoming_vendors"
  where "incoming_vendors"."unmarked_from" is not null)
from (select 1);

-- GET rejected-cdrs
select "id", "rejected_at", "detail", "given"
from "rejected_cdrs"
where "rejected_cdrs"."id" < coalesce((?1->>'before'), 9223372036854775807)
order by "rejected_cdrs"."id" desc limit (?1->>'limit');

-- POST counters/verify
select cast("recount_from" as text), "recounted", "recount_spoiled", "recount_repairs"
from "ingest_state";
delete
from "owner_counters"
where "owner_counters"."side" > 1;
delete
from "account_counters"
where "account_counters"."side" > 1;
update "ingest_state" set "recount_from" = (?1->>'from'), "recounted" = 0, "recount_spoiled" = 0, "recount_repairs" = (?1->>'repairs'), "recount_wrong_marks" = 0;
update "ingest_state" set "recounted" = "ingest_state"."recounted" + (select count(*)
  from "cdrs"
  where "cdrs"."id" between (?1->>'first') and (?1->>'last')), "recount_wrong_marks" = "ingest_state"."recount_wrong_marks" + (select count(*)
  from "cdrs"
  where ("cdrs"."id" between (?1->>'first') and (?1->>'last') and "cdrs"."is_incoming" <> ifnull("cdrs"."vendor_id" in (select "vendor_id"
        from "incoming_vendors" union
        select "id"
        from "customers" union
        select "customer_id"
        from "api_accesses"
        where "api_accesses"."customer_id" is not null), 0)))
where (select "ingest_state"."recount_from" is (?1->>'first') and not "ingest_state"."recount_spoiled"
  from "ingest_state");
insert into "owner_counters" ("side", "owner_id", "unit", "start", "n")
select "side", "owner_id", "unit", "start", sum("n")
from (select "side" + 2 as "side", "owner_id", "unit", "start", "n"
  from (select cell.side as "side", iif(cell.side = 0, "customer_id", "vendor_id") as "owner_id", cell.unit as "unit", "time_start" / span - ("time_start" % span < 0) as "start", count(*) as "n"
    from (select "customer_id", "customer_acc_id", "vendor_id", "vendor_acc_id", "is_last_cdr", "time_start"
      from "cdrs"
      where ("cdrs"."id" between (?1->>'first') and (?1->>'last') and (select "ingest_state"."recount_from" is (?1->>'first') and not "ingest_state"."recount_spoiled"
          from "ingest_state"))) as counted
    cross join (select 0 as side, 0 as unit, 3600000000 as span
      union all select 0, 1, 86400000000
      union all select 1, 0, 3600000000
      union all select 1, 1, 86400000000) as cell
    where cell.side = 1 or "is_last_cdr" = 1
    group by "side", "owner_id", "unit", "start"
    having "owner_id" is not null))
group by "side", "owner_id", "unit", "start"
having sum("n") <> 0
on conflict ("owner_counters"."side", "owner_counters"."owner_id", "owner_counters"."unit", "owner_counters"."start") do update set "n" = "owner_counters"."n" + excluded."n";
insert into "account_counters" ("side", "owner_id", "account_id", "unit", "start", "n")
select "side", "owner_id", "account_id", "unit", "start", sum("n")
from (select "side" + 2 as "side", "owner_id", "account_id", "unit", "start", "n"
  from (select cell.side as "side", iif(cell.side = 0, "customer_id", "vendor_id") as "owner_id", iif(cell.side = 0, "customer_acc_id", "vendor_acc_id") as "account_id", cell.unit as "unit", "time_start" / span - ("time_start" % span < 0) as "start", count(*) as "n"
    from (select "customer_id", "customer_acc_id", "vendor_id", "vendor_acc_id", "is_last_cdr", "time_start"
      from "cdrs"
      where ("cdrs"."id" between (?1->>'first') and (?1->>'last') and (select "ingest_state"."recount_from" is (?1->>'first') and not "ingest_state"."recount_spoiled"
          from "ingest_state"))) as counted
    cross join (select 0 as side, 0 as unit, 3600000000 as span
      union all select 0, 1, 86400000000
      union all select 1, 0, 3600000000
      union all select 1, 1, 86400000000) as cell
    where cell.side = 1 or "is_last_cdr" = 1
    group by "side", "owner_id", "account_id", "unit", "start"
    having ("owner_id" is not null and "account_id" is not null)))
group by "side", "owner_id", "account_id", "unit", "start"
having sum("n") <> 0
on conflict ("account_counters"."side", "account_counters"."owner_id", "account_counters"."account_id", "account_counters"."unit", "account_counters"."start") do update set "n" = "account_counters"."n" + excluded."n";
update "cdrs" set "is_incoming" = not "cdrs"."is_incoming"
where ("cdrs"."id" between (?1->>'first') and (?1->>'last') and "cdrs"."is_incoming" <> ifnull("cdrs"."vendor_id" in (select "vendor_id"
      from "incoming_vendors" union
      select "id"
      from "customers" union
      select "customer_id"
      from "api_accesses"
      where "api_accesses"."customer_id" is not null), 0) and (select "ingest_state"."recount_from" is (?1->>'first') and not "ingest_state"."recount_spoiled"
    from "ingest_state") and (select "ingest_state"."recount_repairs"
    from "ingest_state"));
update "incoming_vendors" set "unmarked_from" = case when (?1->>'last') < 9223372036854775807 then (?1->>'last') + 1 end
where ("incoming_vendors"."unmarked_from" between (?1->>'first') and (?1->>'last') and (select "ingest_state"."recount_from" is (?1->>'first') and not "ingest_state"."recount_spoiled"
    from "ingest_state") and (select "ingest_state"."recount_repairs"
    from "ingest_state"));
select "cdrs", "recounted", "recount_wrong_marks"
from "ingest_state"
where (select "ingest_state"."recount_from" is (?1->>'first') and not "ingest_state"."recount_spoiled"
  from "ingest_state");
select "side", "owner_id", null, "unit", "start", counted, recounted, count(*) over ()
from (select "owner_counters"."side" % 2 as "side", "owner_id", "unit", "start", sum(iif("owner_counters"."side" < 2, "owner_counters"."n", 0)) as counted, sum(iif("owner_counters"."side" < 2, 0, "owner_counters"."n")) as recounted
  from "owner_counters"
  where (select "ingest_state"."recount_from" is (?1->>'first') and not "ingest_state"."recount_spoiled"
    from "ingest_state")
  group by 1, 2, 3, 4
  having counted <> recounted) limit 20;
select "side", "owner_id", "account_id", "unit", "start", counted, recounted, count(*) over ()
from (select "account_counters"."side" % 2 as "side", "owner_id", "account_id", "unit", "start", sum(iif("account_counters"."side" < 2, "account_counters"."n", 0)) as counted, sum(iif("account_counters"."side" < 2, 0, "account_counters"."n")) as recounted
  from "account_counters"
  where (select "ingest_state"."recount_from" is (?1->>'first') and not "ingest_state"."recount_spoiled"
    from "ingest_state")
  group by 1, 2, 3, 4, 5
  having counted <> recounted) limit 20;
delete
from "owner_counters"
where ("owner_counters"."side" > 1 and (select "ingest_state"."recount_from" is (?1->>'first') and not "ingest_state"."recount_spoiled"
    from "ingest_state"));
delete
from "account_counters"
where ("account_counters"."side" > 1 and (select "ingest_state"."recount_from" is (?1->>'first') and not "ingest_state"."recount_spoiled"
    from "ingest_state"));
update "ingest_state" set "recount_from" = null
where (select "ingest_state"."recount_from" is (?1->>'first') and not "ingest_state"."recount_spoiled"
  from "ingest_state");

-- POST counters/repair
insert into "incoming_vendors" ("vendor_id", "unmarked_from")
select "askers"."id", (?1->>'from')
from (select "id"
  from "customers" union
  select "customer_id"
  from "api_accesses"
  where "api_accesses"."customer_id" is not null) "askers"
where true
on conflict do nothing;
insert into "owner_counters" ("side", "owner_id", "unit", "start", "n")
select "side", "owner_id", "unit", "start", sum("n")
from (select "side", "owner_id", "unit", "start", recounted - counted as "n"
  from (select "owner_counters"."side" % 2 as "side", "owner_id", "unit", "start", sum(iif("owner_counters"."side" < 2, "owner_counters"."n", 0)) as counted, sum(iif("owner_counters"."side" < 2, 0, "owner_counters"."n")) as recounted
    from "owner_counters"
    where (select "ingest_state"."recount_from" is (?1->>'first') and not "ingest_state"."recount_spoiled"
      from "ingest_state")
    group by 1, 2, 3, 4
    having counted <> recounted))
group by "side", "owner_id", "unit", "start"
having sum("n") <> 0
on conflict ("owner_counters"."side", "owner_counters"."owner_id", "owner_counters"."unit", "owner_counters"."start") do update set "n" = "owner_counters"."n" + excluded."n";
insert into "account_counters" ("side", "owner_id", "account_id", "unit", "start", "n")
select "side", "owner_id", "account_id", "unit", "start", sum("n")
from (select "side", "owner_id", "account_id", "unit", "start", recounted - counted as "n"
  from (select "account_counters"."side" % 2 as "side", "owner_id", "account_id", "unit", "start", sum(iif("account_counters"."side" < 2, "account_counters"."n", 0)) as counted, sum(iif("account_counters"."side" < 2, 0, "account_counters"."n")) as recounted
    from "account_counters"
    where (select "ingest_state"."recount_from" is (?1->>'first') and not "ingest_state"."recount_spoiled"
      from "ingest_state")
    group by 1, 2, 3, 4, 5
    having counted <> recounted))
group by "side", "owner_id", "account_id", "unit", "start"
having sum("n") <> 0
on conflict ("account_counters"."side", "account_counters"."owner_id", "account_counters"."account_id", "account_counters"."unit", "account_counters"."start") do update set "n" = "account_counters"."n" + excluded."n";
update "ingest_state" set "cdrs" = "ingest_state"."recounted", "recount_from" = null
where (select "ingest_state"."recount_from" is (?1->>'first') and not "ingest_state"."recount_spoiled"
  from "ingest_state");

-- the cron marks what is left
select "vendor_id", cast("unmarked_from" as text)
from "incoming_vendors"
where "incoming_vendors"."unmarked_from" is not null;

-- the cron deletes old CDRs
delete
from "rejected_cdrs"
where "rejected_cdrs"."rejected_at" < (?1->>'before');
select cast(min("slice"."id") as text), cast(max("slice"."id") as text), coalesce(sum("time_start" < (?1->>'before')), 0)
from (select "id", "time_start"
  from "cdrs"
  where "cdrs"."id" >= coalesce((select "sweep_from"
      from "ingest_state"), -9223372036854775808)
  order by "cdrs"."id" asc limit 5000) "slice";
insert into "owner_counters" ("side", "owner_id", "unit", "start", "n")
select "side", "owner_id", "unit", "start", sum("n")
from (select cell.side as "side", iif(cell.side = 0, "customer_id", "vendor_id") as "owner_id", cell.unit as "unit", "time_start" / span - ("time_start" % span < 0) as "start", -count(*) as "n"
  from (select "customer_id", "customer_acc_id", "vendor_id", "vendor_acc_id", "is_last_cdr", "time_start"
    from "cdrs"
    where ("cdrs"."id" between (?1->>'first') and (?1->>'last') and "cdrs"."time_start" < (?1->>'before'))) as counted
  cross join (select 0 as side, 0 as unit, 3600000000 as span
    union all select 0, 1, 86400000000
    union all select 1, 0, 3600000000
    union all select 1, 1, 86400000000) as cell
  where cell.side = 1 or "is_last_cdr" = 1
  group by "side", "owner_id", "unit", "start"
  having "owner_id" is not null)
group by "side", "owner_id", "unit", "start"
having sum("n") <> 0
on conflict ("owner_counters"."side", "owner_counters"."owner_id", "owner_counters"."unit", "owner_counters"."start") do update set "n" = "owner_counters"."n" + excluded."n";
insert into "account_counters" ("side", "owner_id", "account_id", "unit", "start", "n")
select "side", "owner_id", "account_id", "unit", "start", sum("n")
from (select cell.side as "side", iif(cell.side = 0, "customer_id", "vendor_id") as "owner_id", iif(cell.side = 0, "customer_acc_id", "vendor_acc_id") as "account_id", cell.unit as "unit", "time_start" / span - ("time_start" % span < 0) as "start", -count(*) as "n"
  from (select "customer_id", "customer_acc_id", "vendor_id", "vendor_acc_id", "is_last_cdr", "time_start"
    from "cdrs"
    where ("cdrs"."id" between (?1->>'first') and (?1->>'last') and "cdrs"."time_start" < (?1->>'before'))) as counted
  cross join (select 0 as side, 0 as unit, 3600000000 as span
    union all select 0, 1, 86400000000
    union all select 1, 0, 3600000000
    union all select 1, 1, 86400000000) as cell
  where cell.side = 1 or "is_last_cdr" = 1
  group by "side", "owner_id", "account_id", "unit", "start"
  having ("owner_id" is not null and "account_id" is not null))
group by "side", "owner_id", "account_id", "unit", "start"
having sum("n") <> 0
on conflict ("account_counters"."side", "account_counters"."owner_id", "account_counters"."account_id", "account_counters"."unit", "account_counters"."start") do update set "n" = "account_counters"."n" + excluded."n";
update "ingest_state" set "cdrs" = "ingest_state"."cdrs" - (select count(*)
  from "cdrs"
  where ("cdrs"."id" between (?1->>'first') and (?1->>'last') and "cdrs"."time_start" < (?1->>'before'))), "recount_spoiled" = "ingest_state"."recount_spoiled" or coalesce((?1->>'first') < "ingest_state"."recount_from", 0);
delete
from "cut_cdrs"
where "cut_cdrs"."id" in (select "id"
  from "cdrs"
  where ("cdrs"."id" between (?1->>'first') and (?1->>'last') and "cdrs"."time_start" < (?1->>'before')));
delete
from "cdrs"
where ("cdrs"."id" between (?1->>'first') and (?1->>'last') and "cdrs"."time_start" < (?1->>'before'));
update "ingest_state" set "sweep_from" = (?1->>'from');
delete
from "owner_counters"
where "owner_counters"."n" = 0;
delete
from "account_counters"
where "account_counters"."n" = 0;

-- the cron begins again with the first CDR
