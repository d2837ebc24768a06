using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Waybill.Kubernetes.ApiServer.Faults;
using Waybill.Kubernetes.ApiServer.Http;
using Waybill.Kubernetes.ApiServer.Kinds;
using Waybill.Kubernetes.ApiServer.Lifecycle;
using Waybill.Kubernetes.ApiServer.Security;
using Waybill.Kubernetes.ApiServer.Storage;

namespace Waybill.Kubernetes.ApiServer;

/// <summary>
/// An API server in memory on a port of the loopback interface. It keeps objects of any kind, as the API of Kubernetes describes it, and does at once what
/// controllers of a cluster do in the background: garbage collection, the end of namespaces, definitions that become served. It schedules and runs nothing.
/// </summary>
public sealed class ApiServerDouble : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly ServerCertificate? _certificate;
    private readonly DiscoveryHandler _discovery;
    private readonly ListHandler _lists;
    private readonly WatchHandler _watches;
    private readonly WriteHandler _writes;
    private readonly ReviewHandler _reviews;
    private readonly ExecHandler _containers = new();
    private readonly RateLimit? _rate;
    private readonly ApiServerOptions _options;

    private ApiServerDouble(ApiServerOptions options)
    {
        _options = options;
        TimeProvider time = options.TimeProvider;
        Store = new ObjectStore(Kinds, time, options.History);
        Tokens = new TokenAuthority(time);
        Rules = new AccessRules(Store);
        var collector = new Collector(Store, Kinds);
        _discovery = new DiscoveryHandler(Kinds);
        _lists = new ListHandler(Store);
        _watches = new WatchHandler(Store, time, options.BookmarkInterval);
        _writes = new WriteHandler(Store, new ObjectWriter(Store, Kinds, collector), collector);
        _reviews = new ReviewHandler(Tokens, Rules, time);
        _rate = options.RequestsPerSecond > 0 ? new RateLimit(time, options.RequestsPerSecond) : null;
        _certificate = options.UseTls ? ServerCertificate.Create(TimeProvider.System.GetUtcNow()) : null;
        AdminToken = Tokens.Issue("admin", "system:masters");
        foreach (string name in (string[])["kube-system", "default"])
        {
            Store.Load($$$"""{"kind":"Namespace","apiVersion":"v1","metadata":{"name":"{{{name}}}","labels":{"kubernetes.io/metadata.name":"{{{name}}}"}},"spec":{"finalizers":["kubernetes"]},"status":{"phase":"Active"}}""");
        }

        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = 32 << 20;
            kestrel.Listen(IPAddress.Loopback, 0, listen =>
            {
                listen.Protocols = _certificate is null ? HttpProtocols.Http1 : HttpProtocols.Http1AndHttp2;
                if (_certificate is not null)
                {
                    listen.UseHttps(_certificate.Certificate);
                }
            });
        });
        _application = builder.Build();
        _application.UseWebSockets();
        _application.Run(HandleAsync);
    }

    /// <summary>Gets the kinds that are served.</summary>
    public KindRegistry Kinds { get; } = new();

    public ObjectStore Store { get; }

    public TokenAuthority Tokens { get; }

    public AccessRules Rules { get; }

    public FaultPlan Faults { get; } = new();

    /// <summary>Gets every request that came, in its order.</summary>
    public ConcurrentQueue<RequestRecord> Requests { get; } = new();

    /// <summary>Gets or sets how programs run that are to run in containers; without it none do.</summary>
    public Func<ExecRequest, ProcessStartInfo>? ContainerRuntime
    {
        get => _containers.Runtime;
        set => _containers.Runtime = value;
    }

    /// <summary>Gets a token that may do everything.</summary>
    public string AdminToken { get; }

    public Uri Address { get; private set; } = new("http://localhost");

    /// <summary>Gets the certificate of the authority of this server; empty without TLS.</summary>
    public string AuthorityPem => _certificate?.AuthorityPem ?? "";

    /// <summary>Gets or sets whether all kinds are told in one answer to those who ask for that.</summary>
    public bool AggregatesDiscovery
    {
        get => _discovery.Aggregates;
        set => _discovery.Aggregates = value;
    }

    /// <summary>Says that the server behind a group of the API does not answer.</summary>
    public void LoseGroup(string group) => _discovery.StaleGroups = _discovery.StaleGroups.Add(group);

    /// <summary>Starts a server.</summary>
    public static async Task<ApiServerDouble> StartAsync(ApiServerOptions? options = null, CancellationToken cancellationToken = default)
    {
        var server = new ApiServerDouble(options ?? new ApiServerOptions());
        await server._application.StartAsync(cancellationToken);
        IServerAddressesFeature addresses = server._application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!;
        server.Address = new Uri(addresses.Addresses.First());
        return server;
    }

    /// <summary>Gets a kubeconfig that leads here.</summary>
    /// <param name="context">The name of its one context.</param>
    /// <param name="token">Whose token; that of the administrator if null.</param>
    /// <param name="namespaceName">The namespace of the context; empty for none.</param>
    public string KubeConfig(string context = "test", string? token = null, string namespaceName = "")
    {
        string authority = _certificate is null ? "" : $"\n    certificate-authority-data: {Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes(AuthorityPem))}";
        string home = namespaceName.Length == 0 ? "" : $"\n    namespace: {namespaceName}";
        return $"""
            apiVersion: v1
            kind: Config
            current-context: {context}
            clusters:
            - name: {context}-cluster
              cluster:
                server: {Address}{authority}
            users:
            - name: {context}-user
              user:
                token: {token ?? AdminToken}
            contexts:
            - name: {context}
              context:
                cluster: {context}-cluster
                user: {context}-user{home}

            """;
    }

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _application.StopAsync(now.Token);
        await _application.DisposeAsync();
        _certificate?.Dispose();
    }

    private async Task HandleAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        var record = new RequestRecord(request.Method, request.Path.Value ?? "", request.QueryString.Value ?? "", Authenticate(request)?.Name ?? "", request.Headers.Accept.ToString());
        Requests.Enqueue(record);
        try
        {
            await MeetFaultAsync(context, Faults.Match(request.Method, record.Path + record.Query, record.User));
            await AnswerAsync(context, Authenticate(request) ?? throw new ApiException(401, "Unauthorized", "Unauthorized"));
            record.Status = context.Response.StatusCode;
        }
        catch (ApiException error) when (!context.Response.HasStarted)
        {
            record.Status = error.Code;
            await Answers.WriteErrorAsync(context, error);
        }
        catch (OperationCanceledException)
        {
            context.Abort();
        }
    }

    private async Task MeetFaultAsync(HttpContext context, FaultRule? fault)
    {
        if (_rate is not null && !_rate.TryTake())
        {
            throw new ApiException(429, "TooManyRequests", "Too many requests, please try again later.") { RetryAfter = 1 };
        }

        if (fault is null)
        {
            return;
        }

        fault.Run?.Invoke();
        if (fault.Released is not null)
        {
            await fault.Released.WaitAsync(context.RequestAborted);
        }

        if (fault.CutAfter is 0)
        {
            context.Abort();
            throw new OperationCanceledException("The connection was cut.");
        }

        if (fault.CutAfter is { } bytes)
        {
            context.Response.Body = new CuttingStream(context.Response.Body, bytes);
        }

        if (fault.Code > 0)
        {
            throw new ApiException(fault.Code, fault.Reason, $"scripted: {fault.Reason}") { RetryAfter = fault.RetryAfter };
        }
    }

    private async Task AnswerAsync(HttpContext context, TokenUser user)
    {
        string path = context.Request.Path.Value ?? "";
        if (path is "/healthz" or "/livez" or "/readyz")
        {
            await context.Response.WriteAsync("ok", context.RequestAborted);
            return;
        }

        if (path == "/version")
        {
            await Answers.WriteAsync(context, 200, new JsonObject { ["major"] = "1", ["minor"] = _options.Version.Split('.')[1], ["gitVersion"] = _options.Version, ["platform"] = "linux/amd64" });
            return;
        }

        if (context.Request.Method == "GET" && await _discovery.TryHandleAsync(context))
        {
            return;
        }

        RequestInfo request = RequestInfo.Parse(context.Request, Kinds) ?? throw new ApiException(404, "NotFound", "the server could not find the requested resource");
        Authorize(user, request);
        if (request is { Kind.Key: "pods", Subresource: "exec" or "portforward", Verb: "get" })
        {
            // Since v1.35 a request that becomes a connection needs the right to create as well.
            Authorize(user, request with { Verb = "create" });
        }

        await (request switch
        {
            { Kind.Verbs: ["create"], Verb: "create" } => _reviews.HandleAsync(context, request, user),
            { Kind.Verbs: ["create"] } => throw new ApiException(405, "MethodNotAllowed", "the server does not allow this method on the requested resource"),
            { Kind.Key: "serviceaccounts", Subresource: "token", Verb: "create" } => _reviews.IssueAsync(context, _writes.Find(request)),
            { Kind.Key: "pods", Subresource: "exec" } => _containers.HandleAsync(context, request, _writes.Find(request)),
            { Kind.Key: "pods", Subresource: "portforward" } => PortForwardHandler.HandleAsync(context, request, _writes.Find(request)),
            { Verb: "list" } => _lists.HandleAsync(context, request),
            { Verb: "watch" } => _watches.HandleAsync(context, request),
            { Verb: "get", Subresource: "" or "status" } => Answers.WriteAsync(
                context, 200, ObjectForm.Single(_writes.Find(request), request.Version, ObjectForm.IsMetadataOnly(context.Request.Headers.Accept.ToString()))),
            { Verb: "create", Name: "" } => _writes.CreateAsync(context, request),
            { Verb: "update" } => _writes.UpdateAsync(context, request),
            { Verb: "patch" } => _writes.PatchAsync(context, request),
            { Verb: "delete", Subresource: "" } => _writes.DeleteAsync(context, request),
            { Verb: "deletecollection" } => _writes.DeleteAllAsync(context, request),
            _ => throw new ApiException(404, "NotFound", "the server could not find the requested resource"),
        });
    }

    private TokenUser? Authenticate(HttpRequest request)
    {
        string header = request.Headers.Authorization.ToString();
        return header.StartsWith("Bearer ", StringComparison.Ordinal) && Tokens.Find(header["Bearer ".Length..]) is { } user && user.Audiences.Contains(TokenAuthority.ServerAudience)
            ? user
            : null;
    }

    private void Authorize(TokenUser user, RequestInfo request)
    {
        var access = new AccessRequest(request.Verb, request.Kind.Group, request.Kind.Plural)
        {
            Subresource = request.Subresource, Namespace = request.Kind.Key == "namespaces" ? request.Name : request.Namespace, Name = request.Name,
        };
        if (!Rules.IsAllowed(user, access))
        {
            string where = request.Namespace.Length > 0 ? $" in the namespace \"{request.Namespace}\"" : " at the cluster scope";
            throw new ApiException(403, "Forbidden", $"{request.Kind.Key} {(request.Name.Length > 0 ? $"\"{request.Name}\" " : "")}is forbidden: User \"{user.Name}\" cannot {request.Verb} resource \"{request.Kind.Plural}\" in API group \"{request.Kind.Group}\"{where}");
        }
    }
}
