internal import Postgres

/// The cards that end with a month, found by an index (OPS-114).
enum M0583FindEndingCards: Migration {
    static let id = "0583-billing-find-ending-cards"

    static var sql: String {
        #"""
        CREATE INDEX payment_method_by_end ON billing.payment_method (expiry_year, expiry_month, org_id)
            WHERE is_default AND state = 'usable';
        """#
    }
}
