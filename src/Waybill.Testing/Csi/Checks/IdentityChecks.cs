using System.Text.RegularExpressions;
using Grpc.Core;
using Grpc.Net.Client;
using Waybill.Csi.Wire;
using ServiceKind = Waybill.Csi.Wire.PluginCapability.Types.Service.Types.Type;

namespace Waybill.Testing;

/// <summary>Who the driver is, what it offers, whether it is ready.</summary>
internal static partial class IdentityChecks
{
    private const int MaxNameLength = 63;

    public static IReadOnlyList<CsiCheck> All { get; } =
    [
        new("csi.identity.plugin-info", "The driver MUST give a name in domain notation of at most 63 characters, and its version.", InfoAsync),
        new("csi.identity.capabilities", "The capabilities of the driver MUST be given, the same at every call.", CapabilitiesAsync),
        new("csi.identity.services", "Every service that the driver announces MUST be served.", ServicesAsync),
        new("csi.identity.probe", "Probe MUST end with OK, or with FAILED_PRECONDITION while the driver is not ready.", ProbeAsync),
        new("csi.identity.any-authority", "A call MUST be answered whatever it gives as the authority, which means nothing on a unix socket.", AuthorityAsync),
    ];

    private static async Task InfoAsync(CsiScope scope, CancellationToken token)
    {
        GetPluginInfoResponse info = await scope.Session.Identity.GetPluginInfoAsync(new GetPluginInfoRequest(), scope.Call(token)).ConfigureAwait(false);
        Verdicts.Require(info.Name.Length is > 0 and <= MaxNameLength, $"The name '{info.Name}' has {info.Name.Length} characters.");
        Verdicts.Require(DomainName().IsMatch(info.Name), $"The name '{info.Name}' is not in domain notation.");
        Verdicts.Require(info.VendorVersion.Length > 0, "The version is empty.");
    }

    private static async Task CapabilitiesAsync(CsiScope scope, CancellationToken token)
    {
        string first = await ListAsync().ConfigureAwait(false);
        string second = await ListAsync().ConfigureAwait(false);
        Verdicts.Require(first == second, $"First {first}, then {second}.");

        async Task<string> ListAsync()
        {
            GetPluginCapabilitiesResponse answer =
                await scope.Session.Identity.GetPluginCapabilitiesAsync(new GetPluginCapabilitiesRequest(), scope.Call(token)).ConfigureAwait(false);
            Verdicts.Require(
                !answer.Capabilities.Any(one => one.Service is { Type: ServiceKind.Unknown } || one.VolumeExpansion is { Type: PluginCapability.Types.VolumeExpansion.Types.Type.Unknown }),
                "A capability of the kind UNKNOWN is announced, which says nothing.");
            return string.Join(", ", answer.Capabilities.Select(one => one.ToString()).Order(StringComparer.Ordinal));
        }
    }

    private static async Task ServicesAsync(CsiScope scope, CancellationToken token)
    {
        CsiSession session = scope.Session;
        List<string> missing = [];
        if (session.Has(ServiceKind.ControllerService))
        {
            await AskAsync("Controller", async () => await session.Controller.ControllerGetCapabilitiesAsync(new(), scope.Call(token)).ConfigureAwait(false)).ConfigureAwait(false);
        }

        if (session.Has(ServiceKind.GroupControllerService))
        {
            await AskAsync("GroupController", async () => await session.Groups.GroupControllerGetCapabilitiesAsync(new(), scope.Call(token)).ConfigureAwait(false))
                .ConfigureAwait(false);
        }

        if (session.Has(ServiceKind.SnapshotMetadataService))
        {
            await AskAsync("SnapshotMetadata", () => MetadataQuestion.Allocated("").AskAsync(scope, token)).ConfigureAwait(false);
        }

        Verdicts.Require(missing.Count == 0, $"Announced but not served: {string.Join(", ", missing)}.");

        async Task AskAsync(string service, Func<Task> ask)
        {
            try
            {
                await ask().ConfigureAwait(false);
            }
            catch (RpcException failure)
            {
                if (failure.StatusCode == StatusCode.Unimplemented)
                {
                    missing.Add(service);
                }
            }
        }
    }

    private static async Task ProbeAsync(CsiScope scope, CancellationToken token)
    {
        try
        {
            await scope.Session.Identity.ProbeAsync(new ProbeRequest(), scope.Call(token)).ConfigureAwait(false);
        }
        catch (RpcException notReady) when (notReady.StatusCode == StatusCode.FailedPrecondition)
        {
        }
    }

    private static async Task AuthorityAsync(CsiScope scope, CancellationToken token)
    {
        using GrpcChannel channel = CsiChannel.Open(scope.Options.Endpoint, "csi.invalid:4711");
        await new Identity.IdentityClient(channel).ProbeAsync(new ProbeRequest(), scope.Call(token)).ConfigureAwait(false);
    }

    [GeneratedRegex("^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$")]
    private static partial Regex DomainName();
}
