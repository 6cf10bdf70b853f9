internal import Admin
internal import Audit
internal import Core
internal import HTTPServer
internal import Identity
internal import RateLimits

extension AdminRoutes {
    var throttleRoutes: [OperatorRoute] {
        [
            OperatorRoute(
                .get, "/v1/admin/rate-limits", operation: "list_rate_limits", .reading(.read) { _ in try .json(RateLimitsBody(limits)) }),
            OperatorRoute(
                .get, "/v1/admin/throttles", operation: "list_throttles",
                .reading(.read) { _ in try .json(["networks": try await throttles.blocks().map(BlockBody.init)]) }),
            OperatorRoute(
                .post, "/v1/admin/throttles/block", operation: "block_network",
                .writing(.changeThrottles) { call in
                    let wish = try call.request.decode(BlockWish.self)
                    guard let end = Instant(wish.until), end > dateSource.now, end <= dateSource.now + .days(365) else {
                        throw Problem.invalidField("until", message: "must be a time in the next 365 days")
                    }
                    try await throttles.block(try Self.network(wish.address), until: end, because: call.reason, by: call.actor)
                    return try .json(["networks": try await throttles.blocks().map(BlockBody.init)])
                }),
            OperatorRoute(
                .post, "/v1/admin/throttles/unblock", operation: "unblock_network",
                .writing(.changeThrottles) { call in
                    let wish = try call.request.decode(UnblockWish.self)
                    guard try await throttles.lift(try Self.network(wish.address), because: call.reason, by: call.actor) else {
                        throw Problem.notFound
                    }
                    return try .json(["networks": try await throttles.blocks().map(BlockBody.init)])
                }),
        ]
    }

    /// The network as it is counted: one IPv4 address or one IPv6 /64, written as an address or as the list shows it.
    private static func network(_ text: String) throws -> NetworkClient {
        guard NetworkRange(text) != nil else { throw Problem.invalidField("address", message: "must be an IPv4 or IPv6 address") }
        return NetworkClient(address: String(text.prefix { $0 != "/" }))
    }
}
