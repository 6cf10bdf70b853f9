internal import Postgres

/// A difference may be heard of by an event, outside of any nightly walk; news about its object end it (STR-092, STR-102, STR-108).
enum M0544HearOfDrift: Migration {
    static let id = "0544-billing-hear-of-drift"

    static var sql: String {
        #"""
        ALTER TABLE billing.drift_item ALTER COLUMN last_run DROP NOT NULL;
        -- News is applied by whoever looks, the API while somebody waits included.
        GRANT SELECT, INSERT, UPDATE ON billing.drift_item TO trellis_app;
        CREATE INDEX plan_price_by_product ON billing.plan_price (provider_product_id) WHERE provider_product_id IS NOT NULL;

        """#
    }
}
