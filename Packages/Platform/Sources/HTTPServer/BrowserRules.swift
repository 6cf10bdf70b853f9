internal import Core

/// What every answer says to browsers, errors included, and which browsers and hosts are answered at all (SEC-058, SEC-061, SEC-063, SEC-064, SEC-068).
///
/// A route that says something else about one of the fields, such as a page with a policy of its own, is left as it is.
public struct BrowserRules: Sendable {
    /// Paths that a load balancer asks by address: they are answered whatever the host is called.
    private static let probes: Set<String> = ["/livez", "/readyz", "/startupz", "/metrics"]
    /// Ways to say this machine.
    private static let loopback: Set<String> = ["localhost", "127.0.0.1", "::1"]
    private static let methods = "GET, POST, PUT, PATCH, DELETE, OPTIONS"
    private static let requestFields =
        "Accept, Accept-Language, Content-Type, Authorization, X-API-Key, X-Requested-With, X-Org-Id, Idempotency-Key, If-Match, traceparent"
    private static let exposedFields =
        "X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-RateLimit-Category, RateLimit-Policy, RateLimit, Retry-After, ETag, "
        + "Location, X-Request-Id"
    private static let usual: [Headers.Field] = [
        .init(name: "X-Content-Type-Options", value: "nosniff"),
        .init(name: "X-Frame-Options", value: "DENY"),
        .init(name: "Referrer-Policy", value: "no-referrer"),
        .init(
            name: "Permissions-Policy",
            value: "accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), payment=(), usb=()"),
        .init(name: "Cross-Origin-Opener-Policy", value: "same-origin"),
        .init(name: "Cross-Origin-Resource-Policy", value: "same-origin"),
        .init(name: "Content-Security-Policy", value: "default-src 'none'; frame-ancestors 'none'"),
    ]

    private let fields: [Headers.Field]
    private let privateFields: [Headers.Field]
    private let publicURL: String
    private let isSecure: Bool
    private let origins: Set<String>
    private let hosts: Set<String>
    private let embedded: Set<String>

    /// Makes the rules.
    ///
    /// - Parameters:
    ///   - publicURL: the address at which customers reach the API, without a slash at its end; its host is answered, and where it is https,
    ///     browsers are told to use nothing else for a year.
    ///   - origins: the pages' origins whose scripts may call, each exactly as a browser sends it, such as `https://app.example.com`.
    ///   - hosts: further names under which the API is reached.
    ///   - embedded: paths of what pages of other origins load, such as a script for them.
    public init(publicURL: String, origins: [String], hosts: [String], embedded: Set<String> = []) {
        self.publicURL = publicURL
        isSecure = publicURL.hasPrefix("https://")
        self.origins = Set(origins)
        self.embedded = embedded
        let own = publicURL.split(separator: "/", maxSplits: 2).last.map { Self.name($0.prefix { $0 != "/" }) }
        self.hosts = Self.loopback.union(hosts.map { Self.name($0[...]) }).union([own].compactMap(\.self))
        let transport: [Headers.Field] =
            isSecure ? [.init(name: "Strict-Transport-Security", value: "max-age=31536000; includeSubDomains")] : []
        fields = Self.usual + transport
        privateFields = fields + [.init(name: "Cache-Control", value: "no-store")]
    }

    /// The answer to a request that goes no further: of an unknown host, without the protection that the public address has, or a question of a
    /// browser whether a script may call.
    func answer(to request: Request, at now: Instant) -> Response? {
        if let host = request.headers["Host"], !hosts.contains(Self.name(host[...])), !Self.probes.contains(request.path) {
            return Problem(
                status: .misdirectedRequest, code: "HOST_NOT_ALLOWED", detail: "This server does not answer under that name."
            ).response(requestID: request.id, at: now)
        }
        if isSecure, let scheme = request.headers["X-Forwarded-Proto"], Headers.equal(scheme, "http") {
            guard request.method == .get, !request.path.hasPrefix("/v1/") else {
                return Problem(status: .forbidden, code: "HTTPS_REQUIRED", detail: "Use \(publicURL).").response(
                    requestID: request.id, at: now)
            }
            // Into the configured address whatever the request calls itself, and a path cannot leave it.
            return Response(status: .permanentRedirect, headers: ["Location": publicURL + request.path])
        }
        guard request.method == .options, request.headers["Access-Control-Request-Method"] != nil, let origin = request.headers["Origin"]
        else {
            return nil
        }
        guard origins.contains(origin) else { return Response(status: .noContent, headers: ["Vary": "Origin"]) }
        return Response(
            status: .noContent,
            headers: [
                "Access-Control-Allow-Methods": Self.methods, "Access-Control-Allow-Headers": Self.requestFields,
                "Access-Control-Max-Age": "3600",
            ])
    }

    /// Completes an answer.
    func complete(_ response: inout Response, to request: Request?) {
        let path = request?.path ?? "/v1/"
        response.headers.fill(path.hasPrefix("/v1/") ? privateFields : fields)
        if embedded.contains(path) { response.headers["Cross-Origin-Resource-Policy"] = "cross-origin" }
        guard !origins.isEmpty else { return }
        response.headers.add("Vary", "Origin")
        guard let origin = request?.headers["Origin"], origins.contains(origin) else { return }
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = Self.exposedFields
    }

    /// A host without its port and brackets, in lower case.
    private static func name(_ host: Substring) -> String {
        if host.hasPrefix("[") { return host.dropFirst().prefix { $0 != "]" }.lowercased() }
        return host.prefix { $0 != ":" }.lowercased()
    }
}

extension Headers {
    /// Adds those fields of which there is none yet.
    mutating func fill(_ others: [Field]) {
        let known = fields.count
        for other in others where !fields[..<known].contains(where: { Self.equal($0.name, other.name) }) { add(other) }
    }
}
