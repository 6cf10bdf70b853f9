import Core
import FoundationEssentials
import Testing

private enum Thing: IdentifiedEntity { static let idPrefix = "thing" }
private enum Other: IdentifiedEntity { static let idPrefix = "other" }

@Suite struct IdentifierTests {
    @Test func `OPS-147 an id is its prefix and 26 characters, and survives text and uuid`() throws {
        let instant = try #require(Instant("2026-01-31T10:00:00.123Z"))
        for _ in 0..<1_000 {
            let id = Identifier<Thing>.make(at: instant)
            #expect(id.description.utf8.count == "thing_".utf8.count + 26)
            #expect(Identifier<Thing>(id.description) == id)
            #expect(Identifier<Thing>(uuid: id.uuid) == id)
            #expect(id.createdAt == instant)
            #expect(try JSON.decode([Identifier<Thing>].self, from: JSON.encode([id])) == [id])
        }
    }

    @Test func `a known id has the text that the ULID specification gives it`() {
        let id = Identifier<Thing>(high: 0x0156_3E3A_B5D3_D676, low: 0x4C61_EFB9_9302_BD5B)
        #expect(id.description == "thing_01ARZ3NDEKTSV4RRFFQ69G5FAV")
    }

    @Test(arguments: [
        "thing_01ARZ3NDEKTSV4RRFFQ69G5FA", "thing_01ARZ3NDEKTSV4RRFFQ69G5FAVX", "other_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "thing_81ARZ3NDEKTSV4RRFFQ69G5FAV", "thing_01arz3ndektsv4rrffq69g5fav", "thing_01ARZ3NDEKTSV4RRFFQ69G5FAU",
        "thing-01ARZ3NDEKTSV4RRFFQ69G5FAV", "", "thing_", "thing_01ARZ3NDEKTSV4RRFFQ69G5FA\0",
    ])
    func `text that is not an id of this kind is refused`(text: String) {
        #expect(Identifier<Thing>(text) == nil)
    }

    @Test func `ids made later sort later`() throws {
        let instant = try #require(Instant("2026-01-31T10:00:00Z"))
        let earlier = Identifier<Other>.make(at: instant)
        let later = Identifier<Other>.make(at: instant + .milliseconds(1))
        #expect(earlier < later)
        #expect(earlier.description < later.description)
        #expect(earlier.uuid.uuidString < later.uuid.uuidString)
    }
}
