internal import Audit
internal import Core
public import HTTPServer
internal import Identity
public import IdentityHTTP
public import Notifications

/// What the caller is to be told: `/v1/user/notices` (NOT-172), and the element that shows it in a page.
public struct NoticeRoutes<Board: NoticeBoard>: Sendable {
    private let board: Board
    private let authenticator: Authenticator
    private let writer: any NoticeWriting
    private let publicURL: String

    /// The language of the texts: accounts have none of their own yet.
    private static var locale: String { "en" }

    /// Makes the routes.
    ///
    /// - Parameter writer: writes what the notices tell.
    /// - Parameter publicURL: where our own pages begin, without a slash at the end.
    public init(board: Board, writer: any NoticeWriting, authenticator: Authenticator, publicURL: String) {
        self.board = board
        self.writer = writer
        self.authenticator = authenticator
        self.publicURL = publicURL
    }

    /// Adds the routes to a table.
    public func register(on router: inout Router) {
        router.describe("Notices") { NoticeDescriptions.all }
        router.add(
            .get, "/v1/user/notices", operation: "list_user_notices", category: RouteCategory("user_management"),
            authenticator.authenticated { [board, writer, publicURL] _, principal in
                try principal.require(.userRead)
                let notices = try await board.pending(for: principal.userID)
                return try .json(
                    ["notices": .array(try notices.map { $0.body(publicURL, text: try writer.text(of: $0, in: Self.locale)) })] as JSONValue
                )
            })
        router.add(
            .post, "/v1/user/notices/{notice_id}/acknowledge", operation: "acknowledge_user_notice",
            category: RouteCategory("user_management"),
            authenticator.authenticated { [board] request, principal in
                try principal.require(.userWrite)
                guard let id = request.pathParameters["notice_id"].flatMap({ Notice.ID($0) }),
                    try await board.acknowledge(id, by: principal.userID, as: principal.actor)
                else { throw NoticeDescriptions.notFound }
                return Response(status: .noContent)
            })
        router.add(.get, KeptBanner.path, operation: "get_kept_banner_script", category: RouteCategory("public_api")) { _ in
            KeptBanner.response
        }
    }
}

extension Notice {
    /// A notice as a program gets it.
    fileprivate func body(_ publicURL: String, text: String) -> JSONValue {
        let path = page.path.joined(separator: "/")
        return [
            "id": .string(id.description), "kind": .string(kind.rawValue), "severity": .string(severity.rawValue),
            "org_id": org.map { .string($0.description) } ?? .null,
            "subscription_id": subscription.map { .string($0.description) } ?? .null,
            "resource": .string(resource),
            "via": .string(via), "renews_at": renewsAt.map { .string($0.description) } ?? .null,
            "until": until.map { .string($0.description) } ?? .null, "text": .string(text),
            "action_url": .string("\(publicURL)/\(path)"), "created_at": .string(createdAt.description),
            "expires_at": .string(expiresAt.description),
        ]
    }
}
