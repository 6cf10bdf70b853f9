import Core
import HTTPServer
import Testing

@Suite struct APIDocumentTests {
    private enum Colour: String, CaseIterable, Codable { case red, green }

    private struct Inner: Decodable {
        let at: Instant
        let colours: [Colour]?
    }

    private struct Wish: Decodable {
        let name: String
        let count: Int
        let colour: Colour
        let inner: Inner
        let isLoud: Bool?
        let anything: JSONValue?

        enum CodingKeys: String, CodingKey {
            case name, count, colour, inner, anything
            case isLoud = "is_loud"
        }
    }

    /// Decodes itself from a text, which shows nothing of its form.
    private struct Opaque: Decodable {
        init(from decoder: any Decoder) throws {
            _ = try decoder.singleValueContainer().decode(String.self)
        }
    }

    private func document(_ descriptions: RouteDescription...) throws -> APIDocument {
        var router = Router()
        router.describe("Things") { descriptions }
        router.add(.post, "/things/{thing_id}", operation: "change_thing") { _ in Response(status: .noContent) }
        return try APIDocument(title: "Things", version: "1", words: "", table: router.table)
    }

    private var described: RouteDescription {
        RouteDescription("change_thing", "Changes a thing.", for: .everybody).takes(Schema(decoding: Wish.self))
            .answers(.ok, "The thing.", .object("Thing", ["id": .string, "colour": Schema.words("red", "green").orNull]))
            .refuses(Problem.notFound)
    }

    @Test func `OPS-149 the schema of a body is what its type decodes, with what may be left out and the words of an enumeration`() throws {
        let json = try document(described).json
        let wish = json["components"]?["schemas"]?["Wish"]
        #expect(wish?["required"] == ["name", "count", "colour", "inner"])
        #expect(wish?["properties"]?["count"] == ["type": "integer"])
        #expect(wish?["properties"]?["is_loud"] == ["type": ["boolean", "null"]])
        #expect(wish?["properties"]?["colour"] == ["type": "string", "enum": ["red", "green"]])
        #expect(wish?["properties"]?["inner"] == ["$ref": "#/components/schemas/Inner"])
        let inner = json["components"]?["schemas"]?["Inner"]
        #expect(inner?["properties"]?["at"] == ["type": "string", "format": "date-time"])
        #expect(inner?["properties"]?["colours"]?["items"]?["enum"] == ["red", "green"])
    }

    @Test func `OPS-149 an answer that comes in another form on request is described as either, and what fits neither is found`() throws {
        let usual = Schema.object("Thing", ["id": .string])
        let other = Schema.object("Forecast", ["changes": .array(of: .string), "money": .integer])
        let described = RouteDescription("change_thing", "Changes a thing.", for: .everybody).answers(.ok, "The thing.", usual)
            .alternatively(.ok, "Or what would follow.", other)
        let answers = try document(described).json["paths"]?["/things/{thing_id}"]?["post"]?["responses"]?["200"]
        #expect(answers?["description"] == "The thing. Or what would follow.")
        #expect(
            answers?["content"]?["application/json"]?["schema"] == [
                "anyOf": [["$ref": "#/components/schemas/Thing"], ["$ref": "#/components/schemas/Forecast"]]
            ])
        let whole = try document(described)
        func misfits(_ body: JSONValue) -> [String] {
            whole.misfits(of: "POST /things/{thing_id}", status: 200, body: body)
        }
        #expect(misfits(["id": "a"]) == [])
        #expect(misfits(["changes": ["a"], "money": 1]) == [])
        // What fits neither is told of the form that it is nearest to.
        #expect(misfits(["changes": ["a"], "money": "much"]) == ["/money is no integer"])
        #expect(misfits(["id": "a", "money": 1]) == ["/money is not described"])
        #expect(misfits(.null) == [" is null"])
        // An answer of another status has no form that this could be an alternative to.
        let unchanged = try document(described.alternatively(.created, "Never.", other)).json
        #expect(unchanged == whole.json)
    }

    @Test func `OPS-149 a route without a description, and a description without a route, leave no document`() throws {
        #expect(throws: APIDocument.Faulty(faults: ["nothing describes POST /things/{thing_id} (change_thing)"])) { try document() }
        let stray = RouteDescription("stray", "Is nowhere.", for: .everybody)
        #expect(throws: APIDocument.Faulty(faults: ["there is no route of the operation stray"])) { try document(described, stray) }
        #expect(throws: APIDocument.Faulty(faults: ["change_thing is described twice"])) { try document(described, described) }
    }

    @Test func `OPS-149 a type whose form cannot be found out leaves no document`() throws {
        let opaque = described.takes(Schema(decoding: Opaque.self))
        #expect(throws: APIDocument.Faulty(faults: ["no schema for Opaque"])) { try document(opaque) }
    }

    @Test func `OPS-149 an answer that is not as described is found out by status, code, key and type`() throws {
        let document = try document(described)
        let route = "POST /things/{thing_id}"
        #expect(document.misfits(of: route, status: 200, body: ["id": "a", "colour": nil]).isEmpty)
        #expect(document.misfits(of: route, status: 404, body: ["code": "NOT_FOUND"]).isEmpty)
        #expect(document.misfits(of: route, status: 201, body: nil) == ["201 is not described"])
        #expect(document.misfits(of: route, status: 404, body: ["code": "GONE"]) == ["404 GONE is not described"])
        #expect(
            document.misfits(of: route, status: 200, body: ["colour": "blue", "size": 3])
                == ["/size is not described", "/id is missing", "/colour is none of [\"red\", \"green\"]"])
    }

    @Test func `OPS-149 refusals stand in the document as the code makes them, with an example for each code`() throws {
        let json = try document(described).json
        let answers = json["paths"]?["/things/{thing_id}"]?["post"]?["responses"]
        #expect(answers?["404"] == ["$ref": "#/components/responses/404_not_found"])
        let refusal = json["components"]?["responses"]?["404_not_found"]?["content"]?["application/problem+json"]
        #expect(refusal?["examples"]?["NOT_FOUND"]?["value"]?["detail"]?.stringValue == Problem.notFound.detail)
        for status in ["400", "413", "415", "422", "429", "500"] { #expect(answers?[status] != nil, "\(status)") }
    }
}
