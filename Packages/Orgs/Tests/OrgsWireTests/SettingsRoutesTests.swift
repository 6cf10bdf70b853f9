import Core
import HTTPServer
import Identity
import Observability
import Orgs
import OrgsPostgres
import PlatformTesting
import Postgres
import Testing

/// Settings, rights and what is published about both.
@Suite struct SettingsRoutesTests {
    @Test func `ORG-012 security settings are read by admins and changed by owners, and absent keys stay`() async throws {
        try await Front.with { front in
            let ada = try await front.register("Ada")
            let ben = try await front.member("Ben", of: ada.org, as: .admin)
            let path = "/v1/orgs/\(ada.org)/security"
            let first = try await front.call(.get, path, as: ben)
            #expect(first.status == 200 && first.body == ["mfa_rule": "off", "invitation_domains": nil, "support_access_until": nil])
            #expect(try await front.call(.put, path, ["mfa_rule": "admins"], as: ben).code == "OWNER_REQUIRED")
            #expect(try await front.call(.put, path, ["mfa_rule": "admins"], as: ada).code == "MFA_ENROLLMENT_REQUIRED")
            let domains = try await front.call(.put, path, ["invitation_domains": ["Example.COM"]], as: ada, headers: ["If-Match": "\"1\""])
            #expect(domains.status == 200 && domains.body["invitation_domains"] == ["example.com"] && domains.headers["ETag"] == "\"2\"")
            let until = JSONValue.string((front.clock.now + .days(3)).description)
            let access = try await front.call(.put, path, ["support_access_until": until], as: ada)
            #expect(access.body["support_access_until"] == until && access.body["invitation_domains"] == ["example.com"])
            let tooLong = JSONValue.string((front.clock.now + .days(8)).description)
            #expect(try await front.call(.put, path, ["support_access_until": tooLong], as: ada).status == 400)
            #expect(try await front.call(.put, path, ["mfa_rule": "sometimes"], as: ada).status == 422)
            #expect(try await front.call(.put, path, ["invitation_domains": ["a b"]], as: ada).status == 422)
            #expect(try await front.call(.put, path, [:], as: ada).code == "NOTHING_TO_CHANGE")
            let emptied = try await front.call(.put, path, ["support_access_until": nil, "invitation_domains": nil], as: ada)
            #expect(emptied.body == ["mfa_rule": "off", "invitation_domains": nil, "support_access_until": nil])
            #expect(try await front.call(.put, path, ["mfa_rule": "off"], as: ada, headers: ["If-Match": "\"1\""]).status == 412)
        }
    }

    @Test func `ORG-083 ORG-086 billing settings are one record with one version, and terms are the operator's`() async throws {
        try await Front.with { front in
            let ada = try await front.register("Ada")
            let ben = try await front.member("Ben", of: ada.org, as: .admin)
            let cleo = try await front.member("Cleo", of: ada.org, as: .member)
            let path = "/v1/orgs/\(ada.org)/billing-settings"
            let first = try await front.call(.get, path, as: ben)
            #expect(first.status == 200 && first.body["billing_email"] == .null && first.body["currency"] == "usd")
            #expect(first.body["payment_terms"] == "net_30" && first.body["invoice_billing_enabled"] == false)
            #expect(first.body["has_payment_method"] == false && first.headers["ETag"] == "\"1\"")
            #expect(try await front.call(.get, path, as: cleo).code == "ADMIN_REQUIRED")
            #expect(try await front.call(.put, path, ["tax_id": "DE1"], as: ben).code == "OWNER_REQUIRED")
            let written = try await front.call(
                .put, path, ["billing_email": "Money@Example.com", "tax_id": "DE1"], as: ada, headers: ["If-Match": "\"1\""])
            #expect(written.status == 200 && written.body["billing_email"] == "money@example.com" && written.headers["ETag"] == "\"2\"")
            #expect(try await front.call(.put, path, ["tax_id": "DE2"], as: ada, headers: ["If-Match": "\"1\""]).status == 412)
            for forbidden in [["invoice_billing_enabled": true], ["payment_terms": "net_90"]] as [JSONValue] {
                let answer = try await front.call(.put, path, forbidden, as: ada)
                #expect(answer.status == 403 && answer.code == "FORBIDDEN")
            }
            let wrong = try await front.call(.put, path, ["billing_email": "nonsense"], as: ada)
            #expect(wrong.status == 400 && wrong.code == "INVALID_FORMAT")
            #expect(try await front.call(.put, path, ["contact_name": ""], as: ada).status == 422)
            let org = try #require(OrgReference(ada.org))
            let editor = OrgBillingSettingsEditor(store: front.store, port: PayerRecords())
            #expect(try await editor.recipients(of: org) == ["money@example.com"])
            let emptied = try await front.call(.put, path, ["billing_email": nil], as: ada)
            #expect(emptied.body["billing_email"] == .null && emptied.body["tax_id"] == "DE1")
            #expect(try await editor.recipients(of: org) == ["ada@example.com"])
        }
    }

    @Test func `ORG-084 twenty first readers at once make one record`() async throws {
        try await Front.with { front in
            let ada = try await front.register("Ada")
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 1...20 {
                    group.addTask { try await front.call(.get, "/v1/orgs/\(ada.org)/billing-settings", as: ada).status }
                }
                for try await status in group { #expect(status == 200) }
            }
            #expect(try await front.count("orgs.test_payer") == 1)
        }
    }

    @Test func `ORG-085 the record and the event that tells both addresses are one transaction`() async throws {
        try await Front.with { front in
            let ada = try await front.register("Ada")
            let path = "/v1/orgs/\(ada.org)/billing-settings"
            _ = try await front.call(.put, path, ["billing_email": "one@example.com"], as: ada)
            _ = try await front.call(.put, path, ["billing_email": "two@example.com"], as: ada)
            _ = try await front.call(.put, path, ["contact_name": "Ada"], as: ada)
            let rows = try await front.database.adminClient.query(
                "SELECT payload FROM jobs.event WHERE topic = 'orgs.billing_contact_changed' ORDER BY id")
            let events = try rows.map { try $0.decode("payload", as: JSONValue.self) }
            #expect(events.count == 2)
            #expect(events.last?["oldEmail"] == "one@example.com" && events.last?["newEmail"] == "two@example.com")
        }
    }

    @Test func `ORG-014 the explanation names the role and the rule, and the people to admins only`() async throws {
        try await Front.with { front in
            let ada = try await front.register("Ada")
            let ben = try await front.member("Ben", of: ada.org, as: .member)
            let path = "/v1/orgs/\(ada.org)/authorization"
            let denied = try await front.call(.get, path + "?action=rename", as: ben)
            #expect(
                denied.body == [
                    "action": "rename", "allowed": false, "role": "member", "required_role": "admin", "rule": "role", "members": nil,
                ])
            let allowed = try await front.call(.get, path + "?action=rename", as: ada)
            #expect(allowed.body["allowed"] == true && allowed.body["members"] == [.string(ada.user)])
            for query in ["", "?action=fly"] { #expect(try await front.call(.get, path + query, as: ada).status == 422) }
        }
    }

    @Test func `ORG-117 machines and rights are published as the code has them`() async throws {
        try await Front.with { front in
            let meta = try await front.call(.get, "/v1/meta/orgs")
            #expect(meta.status == 200)
            let rights = try #require(meta.body["rights"]?.arrayValue)
            #expect(rights.count == OrgAction.allCases.count)
            for right in rights {
                let action = try #require(right["action"]?.stringValue.flatMap { OrgAction(rawValue: $0) })
                #expect(right["lowest_role"] == .string(OrgRights.lowestRole(for: action).rawValue))
            }
            #expect(meta.body["machines"]?["org"]?.arrayValue?.count == OrgMachines.org.count)
        }
    }

    @Test func `ORG-118 ORG-114 refusals of the last owner are counted, and a hostile name stays data`() async throws {
        try await Front.with { front in
            let ada = try await front.register("Ada")
            _ = try await front.call(.delete, "/v1/orgs/\(ada.org)/members/\(ada.user)", as: ada)
            #expect(front.metrics.render().contains("trellis_org_last_owner_refusals_total 1"))
            for hostile in ["<script>alert(1)</script>", "'; DROP TABLE orgs.org; --", "{{name}} %s %n", "\\\"}],\"x\":1", "=1+1"] {
                let answer = try await front.call(.put, "/v1/orgs/\(ada.org)", ["name": .string(hostile)], as: ada)
                #expect(answer.status == 200 && answer.body["name"] == .string(hostile), "\(hostile)")
            }
            for refused in ["a\u{202e}b", "a\r\nBcc: x@example.com", "a\u{0}b", "javascript://x"] {
                #expect(try await front.call(.put, "/v1/orgs/\(ada.org)", ["name": .string(refused)], as: ada).status == 422)
            }
        }
    }
}
