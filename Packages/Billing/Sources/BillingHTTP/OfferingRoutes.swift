public import Billing
internal import Core
public import HTTPServer

/// The public price list: no credential, no database, no provider (BIL-007).
public struct OfferingRoutes: Sendable {
    private let body: [UInt8]
    private let tag: String

    /// Computes the list once.
    ///
    /// - Throws: when the catalogue cannot be written as JSON, which no checked catalogue does.
    public init(catalogue: Catalogue, isBillingEnabled: Bool) throws {
        body = try JSON.encode(Offering.document(catalogue, isBillingEnabled: isBillingEnabled))
        tag = "\"" + String(Self.fingerprint(body), radix: 16) + "\""
    }

    /// Adds the route.
    public func register(on router: inout Router) {
        router.describe("Billing") { Self.descriptions }
        let (body, tag) = (body, tag)
        router.add(.get, "/v1/offering", operation: "get_service_offerings") { request in
            let headers: Headers = ["Content-Type": "application/json", "ETag": tag, "Cache-Control": "public, max-age=300"]
            if request.headers["If-None-Match"]?.contains(tag) == true {
                return Response(status: Status(rawValue: 304), headers: ["ETag": tag, "Cache-Control": "public, max-age=300"])
            }
            return Response(status: .ok, headers: headers, body: .bytes(body))
        }
    }

    /// FNV-1a: it only has to differ when the list differs.
    private static func fingerprint(_ bytes: [UInt8]) -> UInt64 {
        bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}
