public import Postgres

/// Why a saga is to turn back at its next boundary (OPS-030).
public enum M0216TurnSagasBack: Migration {
    /// `0216-jobs-turn-sagas-back`
    public static var id: String { "0216-jobs-turn-sagas-back" }
    /// One column.
    public static var sql: String {
        #"""
        ALTER TABLE jobs.saga ADD COLUMN turn_back_because text CHECK (length(turn_back_because) BETWEEN 1 AND 500);
        COMMENT ON COLUMN jobs.saga.turn_back_because IS 'It begins no further step before its point of no return; behind it this says nothing.';
        """#
    }
}
