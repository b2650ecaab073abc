// SPDX-License-Identifier: Apache-2.0
// Shows a plan and its hazards, builds it, runs a command in it, and shows an error.
// Usage: tour ROOT SOURCE COMMAND [ARGUMENT...]        (as root)
#include "holdfast.hpp"

#include <iostream>
#include <sched.h>
#include <sys/wait.h>

static int run(const holdfast::Descriptor &name_space, char **command)
{
    int status = 0;
    pid_t pid = (std::cout.flush(), fork());

    if (pid == 0) {
        if (setns(name_space.get(), CLONE_NEWNS) == 0)
            execvp(command[0], command);
        _exit(127);
    }
    waitpid(pid, &status, 0);
    return WEXITSTATUS(status);
}

static void tour(const std::string &root, const std::string &source, char **command)
{
    holdfast::Config config(root, true);
    config.bind(source, "/data").filesystem("tmpfs", "/tmp");
    const holdfast::Plan plan(config);
    const auto hazards = plan.hazards();

    for (const auto &line : plan.lines())
        std::cout << "plan: " << line << '\n';
    for (const auto &hazard : hazards)
        std::cout << "hazard: " << hazard.id << ": " << hazard.text << '\n';
    const auto name_space = plan.build();
    const int status = run(name_space, command);
    std::cout << "status: " << status << '\n';
}

int main(int count, char **arguments)
{
    if (count < 4)
        return EXIT_FAILURE;
    for (const std::string source : {arguments[2], const_cast<char *>("/nonexistent")}) {
        try {
            tour(arguments[1], source, arguments + 3);
        } catch (const holdfast::Error &error) {
            std::cout << "error: " << error.name() << ": " << error.what() << '\n';
            return source == "/nonexistent" ? EXIT_SUCCESS : EXIT_FAILURE;
        }
    }
}
