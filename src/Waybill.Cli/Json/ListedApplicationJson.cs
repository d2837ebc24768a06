using Waybill.Kubernetes;

namespace Waybill.Cli.Json;

/// <summary>An application that a cluster may have.</summary>
internal sealed record ListedApplicationJson(string Application, string Kind, string? Description)
{
    public static ListedApplicationJson Of(ListedApplication application) => new(
        application.Selector.Text,
        application.Kind switch { ListedApplicationKind.HelmRelease => "helm", ListedApplicationKind.ApplicationObject => "application", _ => "namespace" },
        JsonText.KnownOrNull(application.Description));
}
