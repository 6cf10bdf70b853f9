internal import AuditPostgres
internal import Core
internal import Postgres

/// Writes entries in a transaction of the stores of operators.
struct OperatorRecorder: PostgresAuditTransaction {
    let postgres: PostgresTransaction
    let dateSource: any DateSource
}
