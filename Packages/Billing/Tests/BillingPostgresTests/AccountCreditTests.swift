import Audit
import BillingPostgres
import Core
@_spi(Authentication) import Identity
import IdentityPostgres
import Orgs
import PlatformTesting
import Postgres
import Testing

@testable import Billing

@Suite struct AccountCreditTests {
    @Test func `BIL-113 twenty grants with one key are one credit, and a wrong grant is refused`() async throws {
        try await BillingWorld.with { world in
            let ids = try await withThrowingTaskGroup(of: AccountCredit.ID.self) { group in
                for _ in 1...20 { group.addTask { try await world.credit(500, key: "once").id } }
                return try await group.reduce(into: Set<AccountCredit.ID>()) { $0.insert($1) }
            }
            #expect(ids.count == 1)
            #expect(try await world.balance().total == 500)
            #expect(try await world.entries("account_credit_issued") == 1)
            #expect(try await world.events("account_credit_issued") == 1)
            await #expect(throws: MoneyRefusal.keyReused) { try await world.credit(501, key: "once") }
            await #expect(throws: MoneyRefusal.amountOutOfRange) { try await world.credit(0) }
            await #expect(throws: MoneyRefusal.expiryInThePast) { try await world.credit(1, expires: world.now) }
            let euro = try #require(Currency("eur"))
            let foreign = IssueAccountCredit(
                org: world.org, amount: Money(minorUnits: 5, currency: euro), source: .promotion, reason: "x", key: "eur")
            await #expect(throws: MoneyRefusal.currencyMismatch(expected: .usd)) {
                try await world.money.credits.issue(foreign, by: world.operatorActor)
            }
            let silent = IssueAccountCredit(
                org: world.org, amount: Money(minorUnits: 5, currency: .usd), source: .promotion, reason: "", key: "silent")
            await #expect(throws: MoneyRefusal.reasonRequired) { try await world.money.credits.issue(silent, by: world.operatorActor) }
        }
    }

    @Test func `BIL-114 no role changes or removes what stands in the ledger`() async throws {
        try await BillingWorld.with { world in
            try await world.credit(500)
            let roles = [world.database.client, world.database.systemClient, world.database.ownerClient, world.database.adminClient]
            for client in roles {
                for table in ["account_credit", "account_credit_entry"] {
                    let attempts: [Statement] = [
                        "UPDATE billing.\(identifier: table) SET amount = 1", "DELETE FROM billing.\(identifier: table)",
                        "TRUNCATE billing.\(identifier: table) CASCADE",
                    ]
                    for attempt in attempts {
                        await #expect(throws: PostgresError.self, "\(attempt)") { try await client.execute(attempt, scope: .system) }
                    }
                }
            }
            #expect(try await world.balance().total == 500)
        }
    }

    @Test func `BIL-114 the database numbers the ledger and refuses what goes below zero or half a move`() async throws {
        try await BillingWorld.with { world in
            let credit = try await world.credit(500)
            func post(_ kind: AccountCreditEntry.Kind, _ home: CreditHome, _ amount: Int64, move: AccountCreditEntry.ID? = nil) async throws
            {
                try await world.store.withTransaction(.system) { transaction in
                    let key = AccountCreditEntry.ID.make(at: world.now).description
                    var posting = AccountCreditPosting(kind, credit, home: home, amount: amount, key: key, actor: "test")
                    posting.move = move
                    posting.reason = "test"
                    _ = try await transaction.post(posting, at: world.now)
                }
            }
            await #expect(throws: (any Error).self) { try await post(.revoke, .local, -501) }
            await #expect(throws: (any Error).self) { try await post(.moveOut, .local, -100, move: .make(at: world.now)) }
            await #expect(throws: (any Error).self) { try await post(.issue, .local, 500) }
            await #expect(throws: (any Error).self) { try await post(.providerAdjust, .provider, 1) }
            try await post(.revoke, .local, -500)
            #expect(try await world.balance().total == 0)
            let sequences = try await world.database.adminClient.query("SELECT seq FROM billing.account_credit_entry ORDER BY seq")
                .map { try $0.decode("seq", as: Int64.self) }
            #expect(sequences == [1, 2])
        }
    }

    @Test func `BIL-115 an invoice consumes the soonest expiry first, never more than is due`() async throws {
        try await BillingWorld.with { world in
            let never = try await world.credit(1_000)
            let late = try await world.credit(300, expires: world.now + .days(60))
            let soon = try await world.credit(200, expires: world.now + .days(30))
            let first = try await world.invoice(450)
            #expect(first.status == .paid)
            #expect(first.amountDue == 0)
            #expect(
                try #require(first.document).content().credits == [
                    .init(credit: soon.id, amount: 200), .init(credit: late.id, amount: 250),
                ])
            let second = try await world.invoice(2_000)
            #expect(second.status == .open)
            #expect(second.amountDue == 950)
            #expect(
                try #require(second.document).content().credits == [
                    .init(credit: late.id, amount: 50), .init(credit: never.id, amount: 1_000),
                ])
            #expect(try await world.balance().total == 0)
            #expect(try await world.entries("account_credit_applied") == 4)
            #expect(try await world.entries("invoice_paid") == 1)
        }
    }

    @Test func `BIL-115 finalisations and grants at once: the ledger foots and no invoice gets more than is owed`() async throws {
        try await BillingWorld.with { world in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 1...60 {
                    group.addTask {
                        if number.isMultiple(of: 2) {
                            try await world.credit(Int64(number) * 7)
                        } else {
                            try await world.invoice(Int64(number) * 11)
                        }
                    }
                }
                try await group.waitForAll()
            }
            let applied = try await world.count("SELECT sum(applied_credit)::bigint FROM billing.invoice")
            let granted = try await world.count("SELECT sum(amount)::bigint FROM billing.account_credit")
            #expect(try await world.balance().total == Int64(granted - applied))
            #expect(try await world.count("SELECT sum(amount)::bigint FROM billing.account_credit_entry") == granted - applied)
            #expect(try await world.count("SELECT max(seq) - count(*) FROM billing.account_credit_entry") == 0)
        }
    }

    @Test func `BIL-118 BIL-088 a voided invoice gives back what it consumed, to the same credits`() async throws {
        try await BillingWorld.with { world in
            let one = try await world.credit(300, expires: world.now + .days(10))
            let two = try await world.credit(1_000)
            let invoice = try await world.invoice(800)
            #expect(invoice.status == .paid)
            // It was settled by credit alone, so that it is not voided but credited; one that is open is.
            let open = try await world.invoice(900)
            #expect(open.appliedCredit == 500)
            _ = try await world.money.invoices.void(open.id, because: "wrong", by: world.operatorActor)
            #expect(try await world.balance().total == 500)
            try await world.store.withTransaction(.system) { transaction in
                #expect(try await transaction.credit(two.id)?.remaining == 500)
                #expect(try await transaction.credit(one.id)?.remaining == 0)
                try await world.consequences.credits.restore(from: open.id, org: world.org, in: transaction)
            }
            #expect(try await world.balance().total == 500)
            #expect(try await world.entries("account_credit_restored") == 1)
        }
    }

    @Test func `BIL-119 expiry ends the unused part only, after a notice 14 days before`() async throws {
        try await BillingWorld.with { world in
            let expiry = world.now + .days(30)
            try await world.credit(300, expires: expiry)
            try await world.credit(100)
            try await world.invoice(120)
            world.clock.advance(to: expiry + .days(-14))
            try await world.drain()
            #expect(try await world.events("account_credit_expiring") == 1)
            #expect(try await world.balance().total == 280)
            world.clock.advance(to: expiry)
            try await world.drain()
            #expect(try await world.balance().total == 100)
            #expect(try await world.entries("account_credit_expired") == 1)
        }
    }

    @Test func `BIL-119 BIL-120 an operator withdraws or pays out the unused part, with a reason, once`() async throws {
        try await BillingWorld.with { world in
            let credit = try await world.credit(300)
            try await world.invoice(120)
            let credits = world.money.credits
            await #expect(throws: MoneyRefusal.reasonRequired) { try await credits.revoke(credit.id, because: "", by: world.operatorActor) }
            #expect(try await credits.revoke(credit.id, because: "granted by mistake", by: world.operatorActor) == 180)
            #expect(try await credits.revoke(credit.id, because: "granted by mistake", by: world.operatorActor) == 0)
            #expect(try await world.balance().total == 0)
            #expect(try await world.entries("account_credit_revoked") == 1)
            let other = try await world.credit(50)
            #expect(try await credits.payOut(other.id, reference: "T-77", by: world.operatorActor) == 50)
            #expect(try await world.entries("account_credit_paid_out") == 1)
        }
    }

    @Test func `BIL-120 BIL-117 owners and admins read balance, credits and ledger page by page, members do not`() async throws {
        try await BillingWorld.with { world in
            for _ in 1...7 { try await world.credit(100) }
            try await world.invoice(250)
            let member = try await world.admit(as: .member)
            let admin = try await world.admit(as: .admin)
            let credits = world.money.credits
            await #expect(throws: (any Error).self) { try await credits.credits(of: world.org, from: nil, limit: 5, as: member) }
            await #expect(throws: (any Error).self) { try await credits.entries(of: world.org, from: nil, limit: 5, as: member) }
            var seen: [AccountCredit.ID] = []
            var cursor: Cursor?
            repeat {
                let page = try await credits.credits(of: world.org, from: cursor, limit: 3, as: admin)
                #expect(page.balance.total == 450)
                seen += page.credits.map(\.credit.id)
                cursor = page.next
            } while cursor != nil
            #expect(seen.count == 7)
            #expect(Set(seen).count == 7)
            var entries: [Int64] = []
            repeat {
                let page = try await credits.entries(of: world.org, from: cursor, limit: 4, as: world.owner)
                entries += page.elements.map(\.sequence)
                cursor = page.next
            } while cursor != nil
            #expect(entries == (1...10).reversed().map(Int64.init))
            await #expect(throws: CursorInvalid.self) {
                try await credits.entries(of: world.org, from: Cursor("nonsense"), limit: 4, as: world.owner)
            }
        }
    }
}
