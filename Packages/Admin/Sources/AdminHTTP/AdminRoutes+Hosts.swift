internal import Admin
internal import Core
internal import Graphs
internal import HTTPServer

/// Servers that hold graphs: taken into use (ADM-028, GRA-097).
extension AdminRoutes {
    var hostRoutes: [OperatorRoute] {
        [
            OperatorRoute(
                .post, "/v1/admin/graph-hosts", operation: "register_graph_host",
                .writing(.manageHosts) { call in
                    let name = try call.request.decode(RegistrationBody.self).name
                    let id = try await refusingHosts { try await desk.hosts.register(name, call.order) }
                    return try .json(["id": .string(id.description), "name": .string(name)] as JSONValue, status: .created)
                }),
            OperatorRoute(
                .get, "/v1/admin/graph-hosts/{graph_host_id}/recovery", operation: "get_graph_host_recovery",
                .reading(.read) { call in
                    let id: GraphHost.ID = try call.request.parameter("graph_host_id")
                    return try .json(HostBodies.list(try await refusingHosts { try await desk.hosts.graphs(on: id) }))
                }),
            OperatorRoute(
                .post, "/v1/admin/graph-hosts/{graph_host_id}/recover", operation: "recover_graph_host",
                .writing(.manageHosts) { call in
                    let id: GraphHost.ID = try call.request.parameter("graph_host_id")
                    let lost = try await refusingHosts { try await desk.hosts.recover(id, call.order) }
                    return try .json(HostBodies.list(lost), status: .accepted)
                }),
        ]
    }

    private func refusingHosts<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let refusal as HostRefusal {
            throw HostBodies.problem(of: refusal)
        }
    }

    static var hostDescriptions: [RouteDescription] {
        let fault = HostFault(.reachability, "it does not answer", remedy: "psql from this machine")
        return [
            write("register_graph_host", "Looks whether a host is as it must be, and lets it take graphs.", for: .manageHosts)
                .takes(
                    Schema.object(["name": Schema.string.means("Its name in `TRELLIS_GRAPH_HOSTS`, which holds its address and secret.")])
                        .withOptional(["reason": reason])
                )
                .answers(.created, "It takes graphs from now on.", .object(["id": .id("host"), "name": .string]))
                .noting("`HOST_NOT_READY` says of each check that failed what is wrong and what to run; nothing is changed.")
                .refuses(
                    HostBodies.problem(of: .unknown("one")), HostBodies.problem(of: .registered("one")),
                    HostBodies.problem(of: .faulty([fault]))),
            RouteDescription(
                "get_graph_host_recovery", "Shows the graphs that have their place on a host, each with its newest backup.",
                for: access(.read)
            ).answers(.ok, "The graphs.", HostBodies.listed).refuses(Problem.notFound),
            write(
                "recover_graph_host",
                "Gives a host up that does not answer, and brings its graphs back on others from their newest backups.", for: .manageHosts
            )
            .mayTake(onlyReason)
            .answers(.accepted, "The graphs that were on it; those without a backup stay behind.", HostBodies.listed)
            .noting("Asked again, it tries those that stayed behind once more. Owners are told the time of the data.")
            .refuses(Problem.notFound, HostBodies.problem(of: .answers("one")), HostBodies.problem(of: .retired("one"))),
        ]
    }
}

private struct RegistrationBody: Decodable {
    let name: String
}

enum HostBodies {
    static let listed = Schema.object([
        "graphs": .array(
            of: .object([
                "graph_id": .string, "org_id": .id("org"), "name": .string, "backup_id": Schema.id("backup").orNull,
                "data_as_of": Schema.instant.orNull.means("What was done later is not in the backup."),
                "operation_id": Schema.id("op").orNull.means("The newest attempt to bring it to another host."),
                "under_way": .boolean,
            ])),
        "without_backup": .integer,
    ])

    static func list(_ graphs: [LostGraph]) -> JSONValue {
        let rows: [JSONValue] = graphs.map { lost in
            [
                "graph_id": .string(lost.graph.description), "org_id": .string(lost.org.description), "name": .string(lost.name),
                "backup_id": lost.backup.map { .string($0.description) } ?? .null,
                "data_as_of": lost.dataAsOf.map { .string($0.description) } ?? .null,
                "operation_id": lost.attempt.map { .string($0.description) } ?? .null, "under_way": .bool(lost.isUnderWay),
            ]
        }
        return ["graphs": .array(rows), "without_backup": .integer(Int64(graphs.count { $0.backup == nil }))]
    }

    static func problem(of refusal: HostRefusal) -> Problem {
        switch refusal {
        case .unknown(let name): .invalidField("name", message: "TRELLIS_GRAPH_HOSTS of this process names no host \(name)")
        case .registered(let name):
            Problem(status: .conflict, code: "HOST_REGISTERED", detail: "The host \(name) is registered already.")
        case .notFound: .notFound
        case .retired(let name): Problem(status: .conflict, code: "WRONG_STATE", detail: "The host \(name) is retired.")
        case .answers(let name):
            Problem(
                status: .conflict, code: "HOST_ANSWERS",
                detail:
                    "The host \(name) answers, or did a moment ago: what it holds is newer than any backup. Drain it, and stop its server if it is lost."
            )
        case .faulty(let faults):
            Problem(
                status: .conflict, code: "HOST_NOT_READY",
                detail: "The host is not as it must be. " + faults.map(\.description).joined(separator: " | "))
        }
    }
}
