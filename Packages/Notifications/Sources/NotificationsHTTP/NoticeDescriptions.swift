internal import Core
internal import HTTPServer
internal import Identity
internal import IdentityHTTP
internal import Notifications

enum NoticeDescriptions {
    static let notFound = Problem(status: .notFound, code: "NOTICE_NOT_FOUND", detail: "You have no such notice.")

    static var all: [RouteDescription] {
        [
            RouteDescription(
                "list_user_notices", "Lists what the caller is to be told, the gravest first.", for: .signedIn(with: .userRead)
            )
            .noting(
                "Reading takes nothing away; a notice ends when it is acknowledged, or 14 days after the latest decision about the same thing."
            )
            .answers(.ok, "The notices, 50 at most.", .object("NoticeList", ["notices": .array(of: notice)])),
            RouteDescription(
                "acknowledge_user_notice", "Takes a notice away from the caller, for good.", for: .signedIn(with: .userWrite)
            ).noting("Others who were told the same keep theirs. Again it changes nothing.")
                .answers(.noContent, "It is taken away.").refuses(notFound),
            RouteDescription(
                "get_kept_banner_script", "The element `trellis-kept-banner`, which shows that subscriptions were kept.", for: .everybody
            ).noting("A script without dependencies; docs/guides/kept-banner.md says how it is used.")
                .answers(.ok, "The script.", as: "text/javascript"),
        ]
    }

    private static var notice: Schema {
        .object(
            "Notice",
            [
                "id": .id(Notice.idPrefix), "kind": .words(of: Notice.Kind.self), "severity": .words(of: Notice.Severity.self),
                "org_id": .id("org").orNull, "subscription_id": .id("bsub").orNull, "resource": .text("Orders"), "via": .text("activity"),
                "renews_at": .instant.orNull, "until": .instant.orNull, "text": .string, "action_url": .string, "created_at": .instant,
                "expires_at": .instant,
            ])
    }
}
