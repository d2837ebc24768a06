using Waybill.Kubernetes;

namespace Waybill.Samples.Controller.Reconciling;

/// <summary>What of a namespace an object of that namespace may mean: never anything of another one.</summary>
internal static class ApplicationScope
{
    public static ApplicationSelector Of(string home, string application)
    {
        // A list may name objects of any namespace.
        if (application.Contains('+', StringComparison.Ordinal) || !(application.Length == 0 || application[0] is '?' or '/'))
        {
            throw Invalid(application);
        }

        try
        {
            return ApplicationSelector.Parse(home + application);
        }
        catch (Exception error) when (error is FormatException or ArgumentException)
        {
            throw Invalid(application);
        }
    }

    private static WaybillException Invalid(string application) => new(WaybillErrorCode.ResourceInvalid, "What is to be protected is ?LABELS, /KIND/NAME, /helm/RELEASE, /app/NAME, or nothing for the whole namespace")
    {
        ObjectName = application,
    };
}
