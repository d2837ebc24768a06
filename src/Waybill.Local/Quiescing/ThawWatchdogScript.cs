namespace Waybill.Local;

/// <summary>The program of the process that thaws when nobody else does. It needs a POSIX shell and coreutils, and no file it could write.</summary>
internal static class ThawWatchdogScript
{
    /// <summary>
    /// Arguments: mark, deadline in seconds, 1 to thaw again when this process ends after the deadline, then commands, each as limit, count, words.
    /// The first command is begun at once, unless its count is 0; the others thaw. Words reach a command as they are: only numbers go through eval.
    /// Input: "done" ends it, "thaw" thaws at once; the end of the input and the deadline thaw by themselves.
    /// Output: ready, fired, pre CODE, thaw CODE, end. Errors: what the commands print, with the mark after each.
    /// </summary>
    public const string Text =
        """
        stop() {
          kill -KILL -"$pid" 2>/dev/null || kill -KILL "$pid" 2>/dev/null
        }

        run() {
          label=$1 limit=$2 count=$3; shift 3
          words= i=1
          while [ "$i" -le "$count" ]; do words="$words \"\${$i}\""; i=$((i + 1)); done
          pid= stopped=
          trap 'stopped=1; [ -z "$pid" ] || stop' USR1
          eval "( trap - HUP INT QUIT TERM PIPE USR1; exec timeout -k 2 \"\$limit\" $words ) </dev/null >&2 &"
          pid=$!
          [ -z "$stopped" ] || stop
          wait "$pid" 2>/dev/null; code=$?
          [ -z "$stopped" ] || { wait "$pid" 2>/dev/null; code=137; }
          case $code in 124|137) stop ;; esac
          printf '\n%s\n' "$mark" >&2
          printf '%s %s\n' "$label" "$code"
        }

        thaw_all() {
          while [ $# -gt 0 ]; do
            ( run thaw "$@" )
            past=$(($2 + 2)); shift "$past"
          done
        }

        main() {
          trap '' HUP INT QUIT TERM PIPE
          mark=$1 deadline=$2 again=$3; shift 3
          read -r self rest </proc/self/stat
          timeout 5 head -c 0 </dev/null || exit 1
          job=
          if [ "$2" -gt 0 ]; then
            run pre "$@" &
            job=$!
          fi
          past=$(($2 + 2)); shift "$past"
          echo ready
          word=$(exec 2>/dev/null; timeout -s KILL "$deadline" head -c 4)
          case $word in
            done) exit 0 ;;
            thaw) ;;
            *) echo fired ;;
          esac
          if [ -n "$job" ]; then
            # Only a process that is still this one's child gets the signal: the number may be another's by now.
            { read -r a b c parent rest <"/proc/$job/stat"; } 2>/dev/null && [ "$parent" = "$self" ] && kill -USR1 "$job"
            wait "$job"
          fi
          thaw_all "$@"
          echo end
          # A freeze that was still on its way when the deadline passed is only over when this input ends.
          if [ "$again" = 1 ] && [ -z "$word" ] && [ "$(head -c 4)" != done ]; then thaw_all "$@"; fi
        }

        # What commands print goes through a process that goes on reading when nobody listens any more, so that no command fails by printing.
        { main "$@" 2>&1 >&3 3>&- | { trap '' PIPE HUP INT QUIT TERM; cat >&2; exec cat >/dev/null 2>&1; } 3>&- >/dev/null; } 3>&1
        """;
}
