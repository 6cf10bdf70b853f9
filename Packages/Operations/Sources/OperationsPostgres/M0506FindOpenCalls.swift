internal import Postgres

/// A call that is open is found by the operation that is to answer it (OPS-137).
enum M0506FindOpenCalls: Migration {
    static let id = "0506-operations-find-open-calls"

    static let sql = """
        CREATE INDEX idempotency_record_open ON operations.idempotency_record (operation_id) WHERE state = 'open';
        """
}
