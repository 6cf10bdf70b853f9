import Core
import HTTPServer
import Identity
import IdentityPostgres
import PlatformTesting
import Postgres
import Testing
import WebAuthnTesting

/// What is kept of second factors, from whom, and for how long.
@Suite struct SecondFactorRowsTests {
    private static let tables = ["passkey", "recovery_code", "mfa_token", "ceremony_challenge"]

    @Test func `ID-066 nobody but the person and the system sees a row of second factors`() async throws {
        try await Front.withPasskeys { front in
            let (_, _, _) = try await front.personWithPasskey()
            let token = try await front.mfaToken()
            _ = try await front.post("mfa/options", ["mfa_token": token])
            _ = try await front.register("eve@example.com")
            func owner(_ email: String) async throws -> User.ID {
                let rows = try await front.database.adminClient.query("SELECT id FROM identity.account WHERE email = \(email)")
                return try #require(rows.first).decode("id")
            }
            let (ada, eve) = (try await owner("ada@example.com"), try await owner("eve@example.com"))
            for table in Self.tables {
                func rows(_ scope: TransactionScope) async throws -> Int64 {
                    try await front.database.client.query(Statement("SELECT count(*) FROM identity.\(table)", []), scope: scope)[0].decode(
                        Int64.self)
                }
                #expect(try await rows(.user(ada.uuid)) > 0, "\(table)")
                #expect(try await rows(.user(eve.uuid)) == 0, "\(table)")
                #expect(try await rows(.none) == 0, "\(table)")
            }
        }
    }

    @Test func `ID-154 tokens and challenges go 30 days after their end, and not before`() async throws {
        try await Front.withPasskeys { front in
            let (headers, _, _) = try await front.personWithPasskey()
            _ = try await front.post("mfa/options", ["mfa_token": try await front.mfaToken()])
            _ = try await front.post("sso-token", as: headers)
            func left() async throws -> Int {
                // Only the worker's role removes.
                let worker = PostgresIdentityStore(client: front.database.systemClient, dateSource: front.clock)
                _ = try await worker.withTransaction(.system) { try await $0.cleanUp(at: front.clock.now, limit: 100) }
                var count = 0
                for table in ["mfa_token", "ceremony_challenge", "handoff"] { count += try await front.number("identity.\(table)") }
                return count
            }
            let all = try await left()
            #expect(all >= 4)
            front.clock.advance(by: .days(30) + .seconds(300))
            #expect(try await left() == all)
            front.clock.advance(by: .seconds(1))
            #expect(try await left() == 0)
            #expect(try await front.number("identity.passkey") == 1)
        }
    }

    @Test func `ID-147 the purge of a person takes passkeys, codes, tokens and challenges along`() async throws {
        try await Front.withPasskeys { front in
            let (headers, _, _) = try await front.personWithPasskey()
            _ = try await front.post("mfa/options", ["mfa_token": try await front.mfaToken()])
            let end = try await front.call(
                .post, "/v1/user/deletion", ["confirm": "ada@example.com", "reauth_password": .string(Front.password)], headers: headers)
            #expect(end.status == 202)
            front.clock.advance(by: .days(30))
            let rows = try await front.database.adminClient.query("SELECT id FROM identity.account WHERE email = 'ada@example.com'")
            let accounts = Accounts(front.environment, observer: NoAccountObserver())
            #expect(try await accounts.purge(try #require(rows.first).decode("id")))
            for table in Self.tables { #expect(try await front.number("identity.\(table)") == 0, "\(table)") }
        }
    }
}
