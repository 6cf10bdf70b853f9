public import Audit

extension IdentityAudit {
    /// The rows of the catalogue about callers who are refused before anybody knows who they are (AUD-113).
    public static let refusalTypes: [AuditEventType] = [
        TokenExpired.type, TokenInvalid.type, SignInBlocked.type, CaptchaFailed.type,
    ]

    /// A token, or the session that it is of, was over.
    public struct TokenExpired: ClientDenial {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("auth_token_expired", .low, [.networkClient])
        /// The network.
        public let client: NetworkClient
        /// The template of the route that was called.
        public let route: String

        /// Tells of it.
        package init(client: NetworkClient, route: String) {
            self.client = client
            self.route = route
        }

        /// One line.
        public var summary: String { "a token was over on \(route)" }
    }

    /// A token was not one of ours, or is none any more.
    public struct TokenInvalid: ClientDenial {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("auth_token_invalid", .medium, [.networkClient])
        /// The network.
        public let client: NetworkClient
        /// The template of the route that was called.
        public let route: String

        /// Tells of it.
        package init(client: NetworkClient, route: String) {
            self.client = client
            self.route = route
        }

        /// One line.
        public var summary: String { "a token was refused on \(route)" }
    }

    /// A network that is shut out tried to get in.
    public struct SignInBlocked: ClientDenial {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("auth_blocked", .high, [.networkClient])
        /// The network.
        public let client: NetworkClient
        /// The template of the route that was called.
        public let route: String

        /// Tells of it.
        package init(client: NetworkClient, route: String) {
            self.client = client
            self.route = route
        }

        /// One line.
        public var summary: String { "a network that is shut out tried \(route)" }
    }

    /// A captcha was not solved.
    public struct CaptchaFailed: ClientDenial {
        /// The row of the catalogue.
        public static let type = IdentityAudit.type("captcha_failed", .low, [.networkClient])
        /// The network.
        public let client: NetworkClient
        /// The template of the route that was called.
        public let route: String

        /// Tells of it.
        package init(client: NetworkClient, route: String) {
            self.client = client
            self.route = route
        }

        /// One line.
        public var summary: String { "a captcha was not solved on \(route)" }
    }
}
