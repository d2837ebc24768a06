using System.Text;

namespace Waybill.Kubernetes.Tests.Hooks;

public sealed class HookAnnotationTests
{
    [Fact]
    public void Annotations_InEitherStyle_SayWhatIsRunWhere()
    {
        PodHook own = Read("""
            "pre.hook.backup.waybill/command":"[\"/bin/fsfreeze\",\"-f\",\"/data\"]","pre.hook.backup.waybill/container":"db","pre.hook.backup.waybill/timeout":"1m30s","pre.hook.backup.waybill/on-error":"Continue",
            "post.hook.backup.waybill/command":"/thaw","post.hook.backup.waybill/timeout":"500ms","post.hook.backup.waybill/on-error":"Fail",
            "pre.hook.backup.velero.io/command":"/other"
            """)!;
        PodHook known = Read(""" "post.hook.backup.velero.io/command":"[\"sh\",\"-c\",\"echo 'a  b'\"]" """)!;

        Assert.Equal(("shop", "db-0", "db", true, false), (own.Namespace, own.Pod, own.Container, own.PreMayFail, own.PostMayFail));
        Assert.Equal(["/bin/fsfreeze", "-f", "/data"], own.Pre.AsEnumerable());
        Assert.Equal(["/thaw"], own.Post.AsEnumerable());
        Assert.Equal((TimeSpan.FromSeconds(90), TimeSpan.FromSeconds(1)), (own.PreLimit, own.PostLimit));
        Assert.Equal(["shop/data", "shop/db-0-scratch"], own.Claims.AsEnumerable());
        Assert.Empty(known.Pre);
        Assert.Equal(["sh", "-c", "echo 'a  b'"], known.Post.AsEnumerable());
        Assert.Equal(("", TimeSpan.FromSeconds(30)), (known.Container, known.PostLimit));
    }

    [Fact]
    public void Pods_ThatDoNotRun_OrAskForNothing_HaveNone()
    {
        Assert.Null(Read(""" "pre.hook.backup.waybill/timeout":"30s" """));
        Assert.Null(Read(""" "pre.hook.backup.waybill/command":"/x" """, phase: "Pending"));
    }

    [Theory]
    [InlineData(""" "pre.hook.backup.waybill/command":"[\"a\"" """)]
    [InlineData(""" "pre.hook.backup.waybill/command":"[]" """)]
    [InlineData(""" "pre.hook.backup.waybill/command":"[1]" """)]
    [InlineData(""" "pre.hook.backup.waybill/command":"[\"\"]" """)]
    [InlineData(""" "pre.hook.backup.waybill/command":"/x","pre.hook.backup.waybill/timeout":"30" """)]
    [InlineData(""" "pre.hook.backup.waybill/command":"/x","pre.hook.backup.waybill/timeout":"0s" """)]
    [InlineData(""" "pre.hook.backup.waybill/command":"/x","pre.hook.backup.waybill/timeout":"99999h" """)]
    [InlineData(""" "pre.hook.backup.waybill/command":"/x","pre.hook.backup.waybill/on-error":"Ignore" """)]
    [InlineData(""" "pre.hook.backup.waybill/command":"/x","pre.hook.backup.waybill/container":"a","post.hook.backup.waybill/container":"b" """)]
    public void Annotation_ThatCannotBeRead_IsRefused_NotLeftOut(string annotations)
    {
        var error = Assert.Throws<WaybillException>(() => Read(annotations));

        Assert.Equal(WaybillErrorCode.ResourceInvalid, error.Code);
        Assert.Contains("shop/db-0", error.ObjectName, StringComparison.Ordinal);
    }

    private static PodHook? Read(string annotations, string phase = "Running") => HookAnnotations.Read(Encoding.UTF8.GetBytes($$$"""
        {"metadata":{"name":"db-0","namespace":"shop","annotations":{{{{annotations}}}}},"status":{"phase":"{{{phase}}}"},
         "spec":{"volumes":[{"name":"d","persistentVolumeClaim":{"claimName":"data"}},{"name":"scratch","ephemeral":{}},{"name":"none","emptyDir":{}}]}}
        """));
}
