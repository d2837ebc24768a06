using Waybill.Samples.Controller.Resources;

namespace Waybill.Samples.Controller.Reconciling;

/// <summary>Says what is so of an object, and since when.</summary>
internal static class Conditions
{
    public const string Ready = "Ready";
    public const string Complete = "Complete";
    public const string Failed = "Failed";

    /// <summary>Makes the list with one condition as it is now; its time changes only with its status.</summary>
    public static IList<Condition> With(IEnumerable<Condition>? before, string type, bool isSo, string reason, string message, long? generation, TimeProvider time)
    {
        Condition[] others = [.. (before ?? []).Where(condition => condition.Type != type)];
        Condition? was = (before ?? []).FirstOrDefault(condition => condition.Type == type);
        string status = isSo ? "True" : "False";
        return
        [
            .. others,
            new Condition
            {
                Type = type, Status = status, Reason = reason, Message = message.Length <= 1024 ? message : message[..1023] + "…", ObservedGeneration = generation,
                LastTransitionTime = was?.Status == status ? was.LastTransitionTime : time.GetUtcNow().UtcDateTime,
            },
        ];
    }

    public static bool IsTrue(IEnumerable<Condition>? conditions, string type) => (conditions ?? []).Any(condition => condition.Type == type && condition.Status == "True");
}
