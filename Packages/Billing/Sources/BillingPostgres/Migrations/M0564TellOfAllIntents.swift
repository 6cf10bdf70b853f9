internal import Postgres

/// What is told once may be about nobody: an order to the provider for a plan and its price has no org (OPS-115).
enum M0564TellOfAllIntents: Migration {
    static let id = "0564-billing-tell-of-all-intents"

    static var sql: String {
        """
        ALTER TABLE billing.notice ALTER COLUMN org_id DROP NOT NULL;
        """
    }
}
