internal import Core
internal import Cryptography
internal import EventLoops
public import HTTPServer
internal import Synchronization

/// The API's own description: `GET /openapi.json` (OPS-149).
///
/// It is made when somebody asks for it for the first time, on a thread of its own, and kept as bytes: neither the start nor the memory of a process that nobody
/// asks pays for it.
final class DocumentRoutes: Sendable {
    private struct Document: Sendable {
        let bytes: [UInt8]
        let tag: String
    }

    private let table = Mutex<RouteTable?>(nil)
    private let made = Mutex<Document?>(nil)

    /// Adds the route to a table.
    func register(on router: inout Router) {
        router.describe("Platform") { Self.descriptions }
        router.add(.get, "/openapi.json", operation: "get_openapi_document") { [self] request in
            let document = try await document()
            let headers: Headers = ["ETag": document.tag, "Cache-Control": "public, max-age=300"]
            if request.headers["If-None-Match"]?.contains(document.tag) == true {
                return Response(status: Status(rawValue: 304), headers: headers)
            }
            var response = Response(status: .ok, headers: headers, body: .bytes(document.bytes))
            response.headers["Content-Type"] = "application/json"
            return response
        }
    }

    /// Takes the finished table, this route included.
    func describe(_ router: Router) {
        table.withLock { $0 = router.table }
    }

    private func document() async throws -> Document {
        if let made = made.withLock({ $0 }) { return made }
        // Two who ask first at once make the same bytes twice.
        let document = try await offload { [self] in try make() }
        made.withLock { $0 = document }
        return document
    }

    private func make() throws -> Document {
        guard let table = table.withLock({ $0 }) else { throw Problem.notFound }
        let bytes = try JSON.encode(try APIDocument(table).json)
        return Document(bytes: bytes, tag: "\"\(SHA256.hex(of: bytes).prefix(32))\"")
    }

    private static var descriptions: [RouteDescription] {
        [
            RouteDescription("get_openapi_document", "Gives this document.", for: .everybody)
                .header("If-None-Match", .string, "The ETag of the document that the caller has.")
                .answers(
                    .ok, "The document (OpenAPI 3.1).", .any,
                    headers: ["ETag": "Of the document.", "Cache-Control": "How long to keep it."]
                ).answers(Status(rawValue: 304), "The caller has the present one.")
        ]
    }
}

extension APIDocument {
    /// The document of the composed API.
    ///
    /// - Throws: `APIDocument.Faulty`
    public init(_ table: RouteTable) throws {
        try self.init(
            title: "Trellis", version: "1",
            words: """
                People, organisations, subscriptions and graphs.

                Every answer carries `X-Request-Id`. Refusals are `application/problem+json` with a `code` that programs read; `detail` is for people. \
                Requests are limited by category (`x-rate-limit-category`): a refused one gets 429 with `Retry-After`. Unknown paths get 404, methods that a \
                path does not have 405 with `Allow`. Fields may be added to answers at any time.
                """,
            table: table)
    }
}
