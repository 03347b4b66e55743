# A machine of one's own, reached over ssh, that is this one: in namespaces of its own, with its own processes, network, home,
# /tmp and /mnt. Run it under unshare --pid --net --mount-proc.   $1: an empty folder   $2: the checkout   $3...: what to run
# there, in the folder that it finds as /mnt/outside.
set -euo pipefail
folder=$1 checkout=$2
shift 2
work=/mnt/outside

ip link set lo up
mount -t tmpfs tmpfs /mnt
mkdir -p $work /mnt/dubarr
mount --bind "$folder" $work
mkdir -p $work/{home/.ssh,laptop,node/.venv,shared,tmp}
mount --bind $work/shared /mnt/dubarr
mount --bind -o ro "$checkout" $work/laptop # the checkout of whoever says `ray up`
mount --bind $work/tmp /tmp
mkdir -p "$checkout"
mount --bind $work/node "$checkout" # there is nothing at its place on the machine yet, but
for part in bin lib pyvenv.cfg; do  # the environment
  if [[ -d $work/laptop/.venv/$part ]]; then mkdir -p "$checkout/.venv/$part"; else touch "$checkout/.venv/$part"; fi
  mount --bind -o ro "$work/laptop/.venv/$part" "$checkout/.venv/$part"
done

# It counts as set up by the pins of now: to install is not what is tried here, and there is no network.
# shellcheck disable=SC2016  # put into it as it stands
sed '/^main "\$@"$/d; s|^root=.*|root=$CHECKOUT|' $work/laptop/dubarr >$work/wrapper.sh
cp $work/laptop/{pyproject.toml,constraints.txt} "$checkout"
# shellcheck disable=SC2016  # expanded there
env -i HOME=$work/home CHECKOUT="$checkout" bash --login -c \
  'source /mnt/outside/wrapper.sh; wanted_stamp "$(find_python)" >"$CHECKOUT/.venv/dubarr-embedded.stamp"'

sed "s|^root:\(.*\):[^:]*:\([^:]*\)$|root:\1:$work/home:/bin/bash|" /etc/passwd >$work/passwd
mount --bind $work/passwd /etc/passwd
export HOME=$work/home
touch $HOME/.bashrc
ssh-keygen -q -t ed25519 -N '' -f $HOME/.ssh/key
cp $HOME/.ssh/key.pub $HOME/.ssh/authorized_keys
chmod 700 $HOME $HOME/.ssh
dropbearkey -t ed25519 -f $work/host.key >/dev/null
dropbear -F -E -s -r $work/host.key -p 127.0.0.1:22 2>$work/dropbear.log &

cd $work/laptop
"$@"
