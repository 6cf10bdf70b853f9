import Core
import Graphs
import Identity
import Orgs
import Testing

@Suite struct GraphTransitionTests {
    private static let transitions: [(String, GraphTransition, from: Set<Graph.Status>, to: Graph.Status)] = [
        ("G2", .activate(.full), [.provisioning], .active), ("G3", .fail(reason: "x"), [.provisioning], .failed),
        ("G4", .suspend(reason: "x", purgeAt: now + .days(7)), [.active], .suspended), ("G5", .resume(.read), [.suspended], .active),
        ("G6", .beginTeardown(reason: "x"), [.active, .suspended], .deprovisioning),
        ("G7", .finishTeardown, [.deprovisioning], .deprovisioned),
    ]

    @Test func `G2 to G7 every move of the table is made and every other is refused`() {
        for (name, transition, from, to) in Self.transitions {
            for status in Graph.Status.allCases {
                var graph = Graph.fixture(status: status, purgeAt: status == .suspended ? now : nil)
                graph.host = .make(at: now)
                let next = graph.applying(transition, at: now + .seconds(5))
                #expect(next?.status == (from.contains(status) ? to : nil), "\(name) from \(status)")
                if let next {
                    #expect(next.accessEpoch == graph.accessEpoch + 1)
                    #expect(next.mode == .none || next.status == .active)
                    #expect((next.purgeAt != nil) == (next.status == .suspended))
                    #expect(next.statusSince == now + .seconds(5))
                }
            }
        }
    }

    @Test func `an activation needs a host`() {
        #expect(Graph.fixture(status: .provisioning).applying(.activate(.full), at: now) == nil)
    }

    @Test func `GRA-108 a mode that changes counts the epoch up, and one that stays does not`() {
        let graph = Graph.fixture(mode: .full, epoch: 4)
        #expect(graph.withMode(.full) == graph)
        #expect(graph.withMode(.read).accessEpoch == 5)
        #expect(EngineMode.none < .read)
        #expect(EngineMode.shrink < .full)
    }
}

@Suite struct GraphValueTests {
    @Test func `GRA-009 ids match the published pattern and differ`() {
        let ids = (0..<1_000).map { _ in GraphID.make() }
        #expect(Set(ids).count == 1_000)
        #expect(ids.allSatisfy { $0.description.utf8.count == 22 && GraphID($0.description) == $0 })
    }

    @Test(arguments: [
        "", "kg", "kg0123", "KG0123456789abcdef0123", "kg0123456789ABCDEF0123", "kg0123456789abcdef0123_", "kg0123456789abcdef0123_Sub",
        "kg0123456789abcdef0123__rw", "kg0123456789abcdef0123_a_b", "kg0123456789abcdef0123_abcdefghijklmnopqrstu",
        "kg0123456789abcdef0123; DROP",
    ])
    func `GRA-009 other texts are no graph ids`(_ text: String) {
        #expect(GraphID(text) == nil)
    }

    @Test func `GRA-103 names of a graph's objects cannot clash and fit 63 bytes`() throws {
        let id = try #require(GraphID("kg0123456789abcdef0123"))
        #expect(id.writersRole == "kg0123456789abcdef0123__rw")
        #expect(id.loginRole(0x1a) == "kg0123456789abcdef0123__u0000001a")
        #expect(id.loginRole(.max).utf8.count <= 63)
    }

    @Test func `section 5 the effective role is the stronger of grant and org role, and nothing outside of the org`() {
        #expect(GraphRole.effective(granted: nil, inOrg: .owner) == .admin)
        #expect(GraphRole.effective(granted: .viewer, inOrg: .admin) == .admin)
        #expect(GraphRole.effective(granted: .member, inOrg: .member) == .member)
        #expect(GraphRole.effective(granted: nil, inOrg: .member) == nil)
        #expect(GraphRole.effective(granted: .admin, inOrg: nil) == nil)
    }
}

@Suite struct GraphDraftTests {
    private func wish(_ change: (inout GraphDraft.Wish) -> Void = { _ in }) -> GraphDraft.Wish {
        var wish = GraphDraft.Wish(
            name: "Acme", description: nil, extensions: ["roboledger"], tags: ["a"], tier: "ladybug-standard", customSchema: nil,
            initialEntity: ["name": "Acme", "uri": "https://acme.example"], createsEntity: true)
        change(&wish)
        return wish
    }

    private func faults(_ wish: GraphDraft.Wish) -> [[String]] {
        do {
            _ = try GraphDraft(wish, catalogue: .standard)
            return []
        } catch {
            return error.faults.map(\.path)
        }
    }

    @Test func `GRA-002 a good wish becomes a draft`() throws {
        let draft = try GraphDraft(wish(), catalogue: .standard)
        #expect(draft.kind == .entity)
        #expect(draft.initialEntity?["name"] == "Acme")
        let generic = try GraphDraft(
            wish {
                $0.initialEntity = .none
                $0.customSchema = ["name": "own", "nodes": [["name": "Thing"]]]
            }, catalogue: .standard)
        #expect(generic.kind == .generic)
        #expect(try GraphDraft(wish { $0.createsEntity = false }, catalogue: .standard).initialEntity == nil)
    }

    @Test func `GRA-002 each fault names its field`() {
        #expect(faults(wish { $0.name = "  " }) == [["metadata", "graph_name"]])
        #expect(faults(wish { $0.name = String(repeating: "x", count: 256) }) == [["metadata", "graph_name"]])
        #expect(faults(wish { $0.description = String(repeating: "x", count: 1_001) }) == [["metadata", "description"]])
        #expect(faults(wish { $0.tags = Array(repeating: "t", count: 11) }) == [["metadata", "tags"]])
        #expect(faults(wish { $0.tags = [String(repeating: "t", count: 51)] }) == [["metadata", "tags"]])
        #expect(faults(wish { $0.extensions = ["nope"] }) == [["metadata", "schema_extensions"]])
        #expect(faults(wish { $0.tier = "ladybug-huge" }) == [["instance_tier"]])
        #expect(faults(wish { $0.initialEntity = .none }) == [["initial_entity"]])
        #expect(faults(wish { $0.customSchema = ["name": "x"] }) == [["initial_entity"]])
        #expect(faults(wish { $0.initialEntity = ["name": "", "uri": ""] }) == [["initial_entity", "name"], ["initial_entity", "uri"]])
    }

    @Test func `GRA-002 GRA-010 a copy needs neither entity nor schema, and takes none beside its backup`() throws {
        let source = GraphBackup.ID(high: 1, low: 2)
        let copy = wish {
            $0.initialEntity = .none
            $0.extensions = []
            $0.source = source
        }
        #expect(try GraphDraft(copy, catalogue: .standard).source == source)
        #expect(
            faults(
                wish {
                    $0.source = source
                    $0.extensions = []
                }) == [["source_backup_id"]])
        #expect(
            faults(
                wish {
                    $0.source = source
                    $0.initialEntity = .none
                }) == [["source_backup_id"]])
    }

    @Test func `GRA-002 all faults are told at once`() {
        #expect(
            faults(
                wish {
                    $0.name = ""
                    $0.tier = "x"
                    $0.tags = [""]
                }
            ).count == 3)
    }

    @Test func `GRA-012 a schema's faults are told in sentences, and one without faults can be installed`() throws {
        let bad: JSONValue = [
            "nodes": [["name": "1x"], ["name": "A", "properties": [["name": "p", "type": "blob"]]], ["name": "A"]],
            "relationships": [["name": "R", "from_node": "A", "to_node": "B"]],
        ]
        let told = CustomSchema.faults(in: bad).joined(separator: "\n")
        for part in ["name is required", "nodes[0].name", "type blob", "A is given twice", "to_node names B"] {
            #expect(told.contains(part))
        }
        #expect(CustomSchema(bad) == nil)
        let good: JSONValue = [
            "name": "own", "version": "2.1.0",
            "nodes": [["name": "A", "properties": [["name": "code", "type": "string", "is_primary_key": true]]]],
            "relationships": [["name": "R", "from_node": "A", "to_node": "A"]],
        ]
        let schema = try #require(CustomSchema(good))
        #expect(schema.version == "2.1.0")
        #expect(schema.labels.first?.properties.first?.isRequired == true)
    }

    @Test func `GRA-004 wishes travel with a sale and come back with the plan's tier`() throws {
        let draft = try GraphDraft(wish { $0.tags = ["x", "y"] }, catalogue: .standard)
        let id = GraphID.make()
        let configuration = GraphConfiguration.configuration(of: draft, graph: id)
        #expect(configuration["graph_id"]?.stringValue == id.description)
        let back = try GraphConfiguration.draft(from: configuration, tier: .large, catalogue: .standard)
        #expect(back.name == draft.name)
        #expect(back.tags == draft.tags)
        #expect(back.initialEntity == draft.initialEntity)
        #expect(back.tier == .large)
    }

    @Test func `GRA-008 a checkout may say little; the graph then takes anything`() throws {
        let draft = try GraphConfiguration.draft(from: ["graph_name": "Mine"], tier: .standard, catalogue: .standard)
        #expect(draft.name == "Mine")
        #expect(draft.kind == .generic)
        #expect(SchemaPlan(version: "1", labels: [], edgeTypes: [], entity: nil).labels.isEmpty)
    }
}

@Suite struct SubgraphIDTests {
    @Test func `GRA-070 the id of a subgraph is its parent's and its name, and leaves room for the names of its logins`() throws {
        let parent = try #require(GraphID("kg0123456789abcdef0123"))
        let notes = try #require(GraphID(parent: parent, name: "notes2"))
        #expect(notes.description == "kg0123456789abcdef0123_notes2" && GraphID(notes.description) == notes)
        #expect(notes.isSubgraph && notes.parent == parent && notes.topLevel == parent && notes.subgraphName == "notes2")
        #expect(!parent.isSubgraph && parent.parent == nil && parent.topLevel == parent && parent.subgraphName == nil)
        #expect(GraphID(parent: notes, name: "deep") == nil)
        for name in ["", "Notes", "a_b", "a-b", "é", "_", String(repeating: "a", count: 21)] {
            #expect(GraphID(parent: parent, name: name) == nil, "\(name)")
        }
        let longest = try #require(GraphID(parent: parent, name: String(repeating: "z", count: 20)))
        #expect(longest.loginRole(.max).utf8.count <= 63)
        // Of an older, longer form no name may be cut.
        let long = try #require(GraphID("kg" + String(repeating: "0", count: 40)))
        #expect(GraphID(parent: long, name: String(repeating: "z", count: 20)) == nil)
        #expect(GraphID(parent: long, name: "notes")?.loginRole(.max).utf8.count == 59)
    }
}
