internal import AdminPostgres
internal import AuditPostgres
internal import BillingPostgres
internal import GraphsPostgres
internal import IdentityPostgres
internal import IdleCancellationPostgres
internal import JobsPostgres
internal import NotificationsPostgres
internal import OperationsPostgres
internal import OrgsPostgres
public import Postgres
internal import RateLimitsPostgres

/// The schema of the whole product: the steps of every package, from the bottom to the top.
public enum TrellisMigrations {
    /// All of them, in order; the platform's own come first by themselves.
    public static let all: [any Migration.Type] =
        RateLimitsMigrations.all + AuditMigrations.all + JobsMigrations.all + IdentityMigrations.all + OrgsMigrations.all
        + OperationsMigrations.all
        + BillingMigrations.all + IdleCancellationMigrations.all + GraphsMigrations.all + NotificationsMigrations.all + AdminMigrations.all
}
