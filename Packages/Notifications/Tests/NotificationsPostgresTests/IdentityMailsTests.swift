import Audit
import AuditPostgres
import Core
import Foundation
import Identity
import Jobs
import JobsPostgres
import Notifications
import NotificationsPostgres
import Observability
import PlatformTesting
import Postgres
import Testing

/// A person of the tests' own, so that the log has something to point to.
private enum CreatePerson: Migration {
    static var id: String { "0901-test-person" }
    static var sql: String {
        """
        CREATE TABLE notifications.test_person (id uuid PRIMARY KEY);
        GRANT SELECT, INSERT ON notifications.test_person TO trellis_app, trellis_system;
        """ + AuditSchema.locate(.user, in: "notifications.test_person", column: "id")
    }
}

/// The mails of Identity: each has a text that a person has read, and each comes once for its cause.
@Suite struct IdentityMailsTests {
    private static let templates: [MailTemplate] = [
        .emailVerification, .unverifiedRemovalWarning, .welcome, .passwordReset, .passwordChanged, .registrationAttempted, .emailChanged,
        .emailChangeReverted, .newSignIn, .sessionsEnded, .signInAttempts, .apiKeyCreated, .apiKeyNewNetwork,
        .passkeyEnrolled, .passkeyRemoved, .passkeyCounterWarning, .recoveryCodesChanged, .recoveryCodeUsed, .apiKeyExpiring,
        .accountDeletionScheduled, .accountDeletionCanceled, .accountDeleted, .accountDeactivated, .accountReactivated, .dataExportReady,
    ]

    @Test(arguments: templates)
    func `ID-152 each mail of an account has been read as it goes out`(template: MailTemplate) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "NotificationsMarkupTests/Snapshots")
        let text = try String(contentsOf: folder.appending(path: template.rawValue), encoding: .utf8)
        #expect(text.hasPrefix("Subject: "))
    }

    private func hear<Rule: MailRule>(_ rule: Rule, _ event: Rule.Event, job: Int64, _ outbox: Outbox) async throws {
        let handler = MailRuleHandler(rule, store: outbox.store, outbox: outbox.outbox, log: .silent)
        let context = JobContext(
            lease: JobLease(job: JobID(rawValue: job), worker: 1, token: 1), attempt: 1, isLastAttempt: false, dateSource: outbox.clock,
            effects: NoEffects())
        _ = try await handler.handle(event, context: context)
    }

    @Test func `ID-152 a mail is unique by its kind and its cause, however often and however many at once hear of it`() async throws {
        let migrations = [AuditMigrations.all, JobsMigrations.all, NotificationsMigrations.all, [CreatePerson.self]]
        try await TestDatabase.withDatabase(migrations: migrations) { database in
            let outbox = Outbox(database: database)
            try await database.systemClient.execute("INSERT INTO notifications.test_person VALUES (\(User.ID(high: 1, low: 1)))")
            let (user, now) = (User.ID(high: 1, low: 1), outbox.clock.now)
            let link = LinkToken.ID(high: 1, low: 2)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        try await hear(
                            PasswordResetRule(),
                            PasswordResetRequested(user: user, email: "ada@example.com", name: "Ada", link: link, expiresAt: now), job: 1,
                            outbox)
                    }
                    group.addTask {
                        try await hear(
                            EmailVerificationRule(),
                            EmailVerificationRequested(
                                user: user, email: "ada@example.com", name: "Ada", link: link, disownLink: LinkToken.ID(high: 1, low: 8),
                                expiresAt: now),
                            job: 2, outbox)
                    }
                    group.addTask {
                        try await hear(
                            RegistrationAttemptedRule(),
                            RegistrationAttempted(user: user, email: "ada@example.com", name: "Ada", at: now), job: 3, outbox)
                    }
                }
                try await group.waitForAll()
            }
            func mails() async throws -> [String] {
                try await outbox.database.adminClient.query("SELECT template FROM notifications.mail ORDER BY template").map {
                    try $0.decode(String.self)
                }
            }
            #expect(try await mails() == ["email_verification", "password_reset", "registration_attempted"])
            #expect(try await outbox.jobs().count == 3)
            // Another cause is another mail.
            try await hear(
                PasswordResetRule(),
                PasswordResetRequested(
                    user: user, email: "ada@example.com", name: "Ada", link: LinkToken.ID(high: 1, low: 9), expiresAt: now), job: 4, outbox)
            #expect(try await mails().count == 4)
        }
    }
}
