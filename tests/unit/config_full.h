/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration with everything that is read, in single quotes (config_helpers.h). */
#ifndef TESTS_CONFIG_FULL_H
#define TESTS_CONFIG_FULL_H

static const char full[] =
    "{'ociVersion':'1.3.0',"
    "'root':{'path':'rootfs','readonly':true},"
    "'hostname':'box','domainname':'example.org','hooks':{},"
    "'mounts':[{'destination':'/proc','type':'proc','source':'proc'},"
    "          {'destination':'data','source':'/srv','options':['rbind','ro'],"
    "           'uidMappings':[{'containerID':0,'hostID':5,'size':2}],"
    "           'gidMappings':[{'containerID':1,'hostID':6,'size':3}]},"
    "          {'destination':'/x','type':'none','options':['bind']}],"
    "'process':{'args':['sh','-c','a b'],'env':['A=b','C='],'cwd':'/w','terminal':true,"
    "           'consoleSize':{'height':24,'width':80},"
    "           'user':{'uid':1000,'gid':100,'umask':18,'additionalGids':[5,4294967294]},"
    "           'capabilities':{'bounding':['CAP_CHOWN','CAP_KILL'],'effective':['CAP_KILL'],"
    "                           'inheritable':[],'permitted':['CAP_KILL'],'ambient':['CAP_SYS_ADMIN']},"
    "           'rlimits':[{'type':'RLIMIT_NOFILE','soft':1024,'hard':4096},"
    "                      {'type':'RLIMIT_MEMLOCK','soft':0,'hard':9223372036854775807}],"
    "           'noNewPrivileges':true},"
    "'linux':{'namespaces':[{'type':'mount'},{'type':'uts'},{'type':'user'},"
    "                       {'type':'network','path':'/run/netns/a'}],"
    "         "
    "'uidMappings':[{'containerID':0,'hostID':1000,'size':1},{'containerID':1,'hostID':100000,'size':9}],"
    "         'gidMappings':[{'containerID':0,'hostID':100,'size':1}],"
    "         "
    "'devices':[{'path':'/dev/fuse','type':'c','major':10,'minor':229,'fileMode':384,'uid':1,'gid':2},"
    "                    {'path':'/dev/sda','type':'b','major':8,'minor':0,'fileMode':0},"
    "                    {'path':'/dev/u','type':'u','major':4095,'minor':1048575},"
    "                    {'path':'/dev/fifo','type':'p'}],"
    "         'maskedPaths':['/proc/kcore'],'readonlyPaths':['/proc/sys','/proc/bus'],"
    "         'mountLabel':'system_u:object_r:x','rootfsPropagation':'rslave',"
    "         'seccomp':{'defaultAction':'SCMP_ACT_ERRNO','defaultErrnoRet':38,"
    "                    'architectures':['SCMP_ARCH_X86_64','SCMP_ARCH_X86'],"
    "                    'flags':['SECCOMP_FILTER_FLAG_TSYNC','SECCOMP_FILTER_FLAG_LOG'],"
    "                    'syscalls':[{'names':['read','write'],'action':'SCMP_ACT_ALLOW'},"
    "                                {'names':['clone'],'action':'SCMP_ACT_ERRNO',"
    "                                 'args':[{'index':1,'value':8,'valueTwo':3,"
    "                                          'op':'SCMP_CMP_MASKED_EQ'}]},"
    "                                {'names':['ptrace'],'action':'SCMP_ACT_TRACE','errnoRet':7}]}}}";

#endif
