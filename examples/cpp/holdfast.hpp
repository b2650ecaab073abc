// SPDX-License-Identifier: Apache-2.0
// holdfast for C++17: objects that release what they hold, and errors as exceptions.
#ifndef HOLDFAST_HPP
#define HOLDFAST_HPP

#include <holdfast/holdfast.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace holdfast {

class Error : public std::runtime_error {
public:
    explicit Error(hf_error *error) : Error(Owned(error, hf_error_free)) {}
    const std::string &name() const { return name_; }
    int code() const { return code_; }

private:
    using Owned = std::unique_ptr<hf_error, decltype(&hf_error_free)>;
    explicit Error(const Owned &error)
        : std::runtime_error(error ? hf_error_message(error.get()) : "out of memory"),
          name_(error ? hf_error_name(error.get()) : "ENOMEM"), code_(error ? hf_error_code(error.get()) : 0)
    {
    }
    std::string name_;
    int code_;
};

namespace detail {
// Calls function(arguments…, &error) and throws what it reports.
template <typename Function, typename... Arguments> void call(Function function, Arguments... arguments)
{
    hf_error *error = nullptr;

    if (function(arguments..., &error) < 0)
        throw Error(error);
}
} // namespace detail

// A descriptor with one owner.
class Descriptor {
public:
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(Descriptor &&other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor &operator=(Descriptor &&other) noexcept
    {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Descriptor()
    {
        if (fd_ >= 0)
            close(fd_);
    }
    int get() const { return fd_; }

private:
    int fd_;
};

struct Hazard {
    std::string id, place, text, hint;
};

class Config {
public:
    explicit Config(const std::string &root, bool readonly = false)
    {
        hf_root_options options = {};
        hf_config *made = nullptr;

        options.size = sizeof(options);
        options.path = root.c_str();
        options.readonly = readonly;
        detail::call(hf_config_new, &options, &made);
        config_.reset(made);
    }
    Config &bind(const std::string &source, const std::string &destination, bool writable = false)
    {
        hf_mount mount = {};

        mount.source = source.c_str();
        mount.writable = writable;
        return add("bind", destination, mount);
    }
    Config &filesystem(const std::string &type, const std::string &destination)
    {
        return add(type, destination, hf_mount{});
    }
    Config &system_mounts()
    {
        detail::call(hf_config_add_system_mounts, config_.get());
        return *this;
    }
    hf_config *get() const { return config_.get(); }

private:
    Config &add(const std::string &type, const std::string &destination, hf_mount mount)
    {
        mount.size = sizeof(mount);
        mount.type = type.c_str();
        mount.destination = destination.c_str();
        detail::call(hf_config_add_mount, config_.get(), &mount);
        return *this;
    }
    std::unique_ptr<hf_config, decltype(&hf_config_free)> config_{nullptr, hf_config_free};
};

class Plan {
public:
    explicit Plan(const Config &config)
    {
        hf_plan *made = nullptr;

        detail::call(hf_plan_new, config.get(), &made);
        plan_.reset(made);
    }
    std::vector<std::string> lines() const
    {
        std::vector<std::string> lines;

        for (size_t i = 0; i < hf_plan_length(plan_.get()); i++)
            lines.emplace_back(hf_plan_line(plan_.get(), i));
        return lines;
    }
    std::vector<Hazard> hazards() const
    {
        hf_hazards *found = nullptr;
        std::vector<Hazard> hazards;

        detail::call(hf_plan_find_hazards, plan_.get(), &found);
        std::unique_ptr<hf_hazards, decltype(&hf_hazards_free)> owned(found, hf_hazards_free);
        for (size_t i = 0; i < hf_hazards_length(found); i++)
            hazards.push_back({hf_hazard_id(found, i), hf_hazard_place(found, i), hf_hazard_text(found, i),
                               hf_hazard_hint(found, i)});
        return hazards;
    }
    // The mount namespace, for setns(2).
    Descriptor build() const
    {
        int fd = -1;

        detail::call(hf_build, plan_.get(), static_cast<const hf_build_options *>(nullptr), &fd);
        return Descriptor(fd);
    }

private:
    std::unique_ptr<hf_plan, decltype(&hf_plan_free)> plan_{nullptr, hf_plan_free};
};

} // namespace holdfast

#endif
