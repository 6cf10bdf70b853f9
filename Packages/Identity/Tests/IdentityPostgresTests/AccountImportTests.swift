import Core
import Identity
import IdentityPostgres
import PlatformTesting
import Postgres
import Testing

@Suite struct AccountImportTests {
    private func account(
        _ number: UInt64, _ email: String, name: String = "Imported", verified: Bool = true, hash: String? = nil
    ) -> ImportedAccount {
        ImportedAccount(
            id: User.ID(high: 7, low: number), email: email, name: name, isEmailVerified: verified, passwordHash: hash,
            createdAt: Instant(secondsSinceEpoch: 1_600_000_000))
    }

    @Test func `ID-158 accounts are taken over once, and nobody is mailed`() async throws {
        try await House.with { house in
            let accounts = (0..<2_000).map {
                account(UInt64($0), "person\($0)@example.com", verified: $0 % 2 == 0, hash: "plain:Blue-Kettle42x")
            }
            let imports = AccountImport(house.environment)
            let first = try await imports.run(accounts)
            #expect(first.imported == 2_000 && first.present == 0 && first.faults.isEmpty)
            let second = try await imports.run(accounts)
            #expect(second.imported == 0 && second.present == 2_000 && second.faults.isEmpty)
            #expect(try await house.count("identity.account") == 2_000)
            #expect(try await house.entries("user_imported") == 2_000)
            #expect(try await house.count("jobs.event") == 0)
            #expect(try await house.count("jobs.job") == 0)
            let outcome = try await house.signIn("person7@example.com")
            #expect(outcome.user.id == accounts[7].id && !outcome.user.isEmailVerified)
            #expect(outcome.user.createdAt == accounts[7].createdAt)
        }
    }

    @Test func `ID-158 addresses that are the same in normal form are reported and not guessed at, and a second run changes nothing`()
        async throws
    {
        try await House.with { house in
            try await house.register("taken@example.com")
            let accounts = [
                account(1, "ada@example.com"), account(2, " ADA@Example.COM "), account(3, "Taken@example.com"), account(4, "no address"),
                account(5, "eve@example.com", name: ""),
            ]
            let imports = AccountImport(house.environment)
            for round in 0..<2 {
                let report = try await imports.run(accounts)
                #expect(report.imported == (round == 0 ? 1 : 0) && report.present == round)
                #expect(
                    report.faults == [
                        accounts[1].id: .emailTaken, accounts[2].id: .emailTaken, accounts[3].id: .invalidEmail,
                        accounts[4].id: .invalidName,
                    ])
            }
            #expect(try await house.count("identity.account") == 2)
        }
    }

    @Test func `ID-158 an account is read from a line of JSON`() throws {
        let line = """
            {"id": "\(User.ID(high: 7, low: 1))", "email": "ada@example.com", "name": "Ada", "email_verified": true,
             "password_hash": null, "created_at": "2020-09-13T12:26:40Z"}
            """
        #expect(try JSON.decode(ImportedAccount.self, from: Array(line.utf8)) == account(1, "ada@example.com", name: "Ada"))
    }
}
