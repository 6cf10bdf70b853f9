internal import Postgres

/// Messages that are on their way are found without reading those that have arrived (OPS-136).
enum M0840FindWaitingDeliveries: Migration {
    static let id = "0840-notifications-find-waiting-deliveries"

    static var sql: String {
        """
        CREATE INDEX webhook_delivery_waiting ON notifications.webhook_delivery (endpoint_id, message_id) WHERE status = 'pending';
        """
    }
}
