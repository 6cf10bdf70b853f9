public import Core
public import Identity
public import Notifications
public import Orgs
internal import Postgres

extension PostgresNotificationTransaction {
    /// By one statement: choices, and links of mails to the address that the person has now.
    public func mutedCategories(of user: User.ID) async throws -> Set<MailCategory> {
        let rows = try await postgres.query(
            """
            SELECT p.category FROM notifications.preference p WHERE p.user_id = \(user) AND NOT p.is_on
            UNION
            SELECT u.category FROM notifications.unsubscription u JOIN identity.account a
                ON u.address_hash = sha256(convert_to(lower(a.email), 'UTF8'))
            WHERE a.id = \(user) AND u.lifted_at IS NULL
            """)
        return Set(try rows.compactMap { MailCategory(rawValue: try $0.decode("category")) })
    }

    /// The latest choice counts.
    public func setPreference(_ preference: MailPreference, of user: User.ID, at now: Instant) async throws {
        try await postgres.execute(
            """
            INSERT INTO notifications.preference (user_id, category, is_on, changed_at)
            VALUES (\(user), \(preference.category.rawValue), \(preference.isOn), \(now))
            ON CONFLICT (user_id, category) DO UPDATE SET is_on = excluded.is_on, changed_at = excluded.changed_at
            """)
        guard preference.isOn else { return }
        try await postgres.execute(
            """
            UPDATE notifications.unsubscription SET lifted_at = \(now)
            WHERE category = \(preference.category.rawValue) AND lifted_at IS NULL AND address_hash =
                (SELECT sha256(convert_to(lower(a.email), 'UTF8')) FROM identity.account a WHERE a.id = \(user))
            """)
    }

    /// An org without an address for its bills is told through its owners; the lock is held until the transaction ends.
    public func orgToldByNobodyBut(_ user: User.ID) async throws -> String? {
        let owned = try await postgres.query(
            """
            SELECT m.org_id, pg_advisory_xact_lock(hashtextextended('billing recipients ' || m.org_id, 0))::text FROM orgs.membership m
            WHERE m.user_id = \(user) AND m.role = 'owner' AND m.ended_at IS NULL ORDER BY m.org_id
            """)
        guard !owned.isEmpty else { return nil }
        return try await postgres.query(
            """
            SELECT o.name FROM orgs.membership m JOIN orgs.org o ON o.id = m.org_id
            LEFT JOIN billing.customer c ON c.org_id = o.id
            WHERE m.user_id = \(user) AND m.role = 'owner' AND m.ended_at IS NULL AND o.state <> 'deleted' AND c.billing_email IS NULL
                AND NOT EXISTS (
                    SELECT FROM orgs.membership other JOIN identity.account a ON a.id = other.user_id
                    LEFT JOIN notifications.preference p ON p.user_id = other.user_id AND p.category = 'billing_reminders'
                    WHERE other.org_id = m.org_id AND other.user_id <> m.user_id AND other.role = 'owner' AND other.ended_at IS NULL
                        AND a.status = 'active' AND coalesce(p.is_on, true))
            ORDER BY o.id LIMIT 1
            """
        ).first?.decode("name")
    }

    /// Whether a mail of ours has this id.
    public func isKnown(_ mail: Mail.ID) async throws -> Bool {
        try await postgres.query("SELECT FROM notifications.mail WHERE id = \(mail)").count == 1
    }

    /// Once for each address and category; a lifted one comes back.
    public func unsubscribe(_ claims: UnsubscribeClaims, at now: Instant) async throws -> Bool {
        try await postgres.execute(
            """
            INSERT INTO notifications.unsubscription AS u (address_hash, category, taken_at)
            VALUES (\(claims.addressHash), \(claims.category.rawValue), \(now))
            ON CONFLICT (address_hash, category) DO UPDATE SET taken_at = excluded.taken_at, lifted_at = NULL WHERE u.lifted_at IS NOT NULL
            """) == 1
    }

    /// Those of the table; what is not there is on.
    public func defaultsTurnedOff(of org: Org.ID) async throws -> Set<MailCategory> {
        let rows = try await postgres.query("SELECT category FROM notifications.org_default WHERE org_id = \(org) AND NOT is_on")
        return Set(try rows.compactMap { MailCategory(rawValue: try $0.decode("category")) })
    }

    /// The latest order counts.
    public func setDefault(_ preference: MailPreference, of org: Org.ID, at now: Instant) async throws {
        try await postgres.execute(
            """
            INSERT INTO notifications.org_default (org_id, category, is_on, changed_at)
            VALUES (\(org), \(preference.category.rawValue), \(preference.isOn), \(now))
            ON CONFLICT (org_id, category) DO UPDATE SET is_on = excluded.is_on, changed_at = excluded.changed_at
            """)
    }

    /// By the tables of this package alone: the person's choice, what was said about the address, and what the org's owners say of whoever
    /// has chosen nothing. A mail about money that somebody has to get does not follow the org's default (NOT-061).
    public func isWanted(_ mail: Mail) async throws -> Bool {
        let category = mail.template.category
        guard category.lockedBecause == nil else { return true }
        return try await postgres.query(
            """
            SELECT FROM notifications.mail m
            WHERE m.id = \(mail.id) AND (
                EXISTS (SELECT FROM notifications.preference p
                    WHERE p.user_id = m.user_id AND p.category = \(category.rawValue) AND NOT p.is_on)
                OR EXISTS (SELECT FROM notifications.unsubscription u WHERE u.category = \(category.rawValue) AND u.lifted_at IS NULL
                    AND u.address_hash = sha256(convert_to(m.recipient, 'UTF8')))
                OR (m.class = 'optional' OR \(category.rawValue) <> 'billing_reminders')
                    AND EXISTS (SELECT FROM notifications.org_default d
                        WHERE d.org_id = m.org_id AND d.category = \(category.rawValue) AND NOT d.is_on)
                    AND NOT EXISTS (SELECT FROM notifications.preference p
                        WHERE p.user_id = m.user_id AND p.category = \(category.rawValue)))
            """
        ).isEmpty
    }
}
