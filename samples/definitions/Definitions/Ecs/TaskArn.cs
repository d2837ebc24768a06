using System.Text.RegularExpressions;

namespace Waybill.Samples.Definitions.Ecs;

/// <summary>The ARN of a task definition, taken apart.</summary>
internal sealed partial record TaskArn(string Text, string Region, string Account)
{
    public static TaskArn? TryParse(string text) =>
        Form().Match(text) is { Success: true } match ? new TaskArn(text, match.Groups["region"].Value, match.Groups["account"].Value) : null;

    [GeneratedRegex(@"\Aarn:aws[a-z-]*:ecs:(?<region>[a-z0-9-]+):(?<account>[0-9]{12}):task-definition/[A-Za-z0-9_-]{1,255}:[0-9]+\z")]
    private static partial Regex Form();
}
