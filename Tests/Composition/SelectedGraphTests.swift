import Core
import HTTPServer
import PlatformTesting
import Postgres
import Testing

/// The graph that a person works with.
@Suite struct SelectedGraphTests {
    private func select(_ graph: String, as caller: MatrixCaller, _ house: MatrixHouse) async throws -> ComposedAPI.Answer {
        try await house.api.call(
            .put, "/v1/user/selected-graph", token: house.tokens[caller], body: ["graph_id": .string(graph)])
    }

    private func selected(by caller: MatrixCaller, _ house: MatrixHouse) async throws -> JSONValue? {
        try await house.api.call(.get, "/v1/graphs", token: house.tokens[caller]).body["selectedGraphId"]
    }

    @Test func `ID-102 one graph that the person sees is selected; others are refused by what the person may know of them`() async throws {
        try await MatrixHouse.with { house in
            let graph = MatrixHouse.graph
            for caller in [MatrixCaller.viewer, .curator, .owner] {
                #expect(try await selected(by: caller, house) == .null)
                #expect(try await select(graph, as: caller, house).status == 200)
                #expect(try await selected(by: caller, house) == .string(graph))
            }
            let ungranted = try await select(graph, as: .member, house)
            #expect(ungranted.status == 403 && ungranted.body["code"] == "FORBIDDEN", "\(ungranted.body)")
            for (caller, place) in [
                (MatrixCaller.viewer, house.foreign.graph), (.viewer, house.absent.graph), (.viewer, "nonsense"), (.stranger, graph),
                (.former, graph),
            ] {
                let unknown = try await select(place, as: caller, house)
                #expect(unknown.status == 404 && unknown.body["code"] == "NOT_FOUND", "\(caller) \(place): \(unknown.body)")
            }
            #expect(try await selected(by: .viewer, house) == .string(graph))
        }
    }

    @Test func `ID-102 the selection is cleared when access ends, and does not come back with it`() async throws {
        try await MatrixHouse.with { house in
            let graph = MatrixHouse.graph
            #expect(try await select(graph, as: .viewer, house).status == 200)
            let me = try await house.api.call(.get, "/v1/auth/me", token: house.tokens[.viewer])
            let viewer = try #require(me.body["id"]?.stringValue)
            let removed = try await house.api.call(
                .delete, "/v1/orgs/\(house.own.org)/members/\(viewer)", token: house.tokens[.owner])
            #expect(removed.status < 300, "\(removed.body)")
            #expect(try await selected(by: .viewer, house) == .null)
            #expect(try await house.api.database.adminClient.query("SELECT FROM graphs.selected_graph").isEmpty)
            #expect(try await select(graph, as: .viewer, house).status == 404)
        }
    }
}
