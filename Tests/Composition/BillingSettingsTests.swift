import Core
import HTTPServer
import PlatformTesting
import Postgres
import Testing

/// The billing settings of an org on Billing's record.
@Suite struct BillingSettingsTests {
    @Test func `ORG-083 ORG-084 one record: written here, read there, and an old version overwrites nothing`() async throws {
        try await ComposedAPI.withAPI { api in
            let ada = try await api.register("Ada")
            let path = "/v1/orgs/\(ada.org)/billing-settings"
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 1...20 { group.addTask { try await api.call(.get, path, token: ada.token).status } }
                for try await status in group { #expect(status == 200) }
            }
            let read = try await api.call(.get, path, token: ada.token)
            #expect(read.body["currency"] == "usd" && read.body["billing_email"] == .null)
            let version = try #require(read.headers["ETag"])
            let change: JSONValue = ["billing_email": "Money@Example.com", "tax_id": "DE1"]
            func put(_ body: JSONValue, if version: String) async throws -> ComposedAPI.Answer {
                try await api.send(
                    .put, path, token: ada.token, headers: ["If-Match": version, "Content-Type": "application/json"],
                    content: try JSON.encode(body))
            }
            let written = try await put(change, if: version)
            #expect(written.status == 200, "\(written.body)")
            #expect(written.body["billing_email"] == "money@example.com")
            #expect(try await put(["tax_id": "DE2"], if: version).status == 412)
            #expect(try await api.call(.get, path, token: ada.token).body["tax_id"] == "DE1")
            #expect(try await api.call(.get, "/v1/billing/customer/\(ada.org)", token: ada.token).status == 200)
            let rows = try await api.database.adminClient.query("SELECT version FROM billing.customer")
            #expect(rows.count == 1)
            #expect(written.headers["ETag"] == "\"\(try rows[0].decode(Int64.self))\"")
        }
    }
}
