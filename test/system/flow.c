/*
 * flow: a flow of UDP datagrams at a steady pace, and how many of them are missed.
 *
 *	flow send FROM TO PORT HZ     until a signal; prints how many were sent
 *	flow receive AT PORT          until a signal; prints how many came, each number counted once
 *
 * FROM and AT are addresses of the pods' prefix, TO is the other end's.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define NUMBERS_MAX (1u << 22) /* over an hour at 1 kHz */

static volatile sig_atomic_t stopped;

static void on_signal(int signum)
{
	(void)signum;
	stopped = 1;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static struct sockaddr_in address(const char *text, const char *port)
{
	struct sockaddr_in sa = {.sin_family = AF_INET,
				 .sin_port = htons((uint16_t)strtoul(port, NULL, 10))};

	if (inet_pton(AF_INET, text, &sa.sin_addr) != 1) {
		fprintf(stderr, "%s: not an IPv4 address\n", text);
		exit(1);
	}
	return sa;
}

static int open_at(const struct sockaddr_in *sa)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct timeval wait = {.tv_usec = 200000}; /* a signal may come just before recv */
	int size = 1 << 22;

	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	if (bind(fd, (const struct sockaddr *)sa, sizeof(*sa)) != 0)
		die("bind");
	return fd;
}

static int send_flow(const char *from, const char *to, const char *port, const char *hz)
{
	struct sockaddr_in src = address(from, "0"), dst = address(to, port);
	long step = 1000000000L / strtol(hz, NULL, 10);
	int fd = open_at(&src);
	struct timespec at;
	uint32_t n = 0, failed = 0;

	clock_gettime(CLOCK_MONOTONIC, &at);
	while (!stopped && n < NUMBERS_MAX) {
		uint32_t number = htonl(n);

		/* what the kernel refuses to send is lost like any other */
		failed += sendto(fd, &number, sizeof(number), 0, (struct sockaddr *)&dst,
				 sizeof(dst)) != sizeof(number);
		n++;
		at.tv_nsec += step;
		if (at.tv_nsec >= 1000000000L) {
			at.tv_nsec -= 1000000000L;
			at.tv_sec++;
		}
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
	}
	printf("%u\n", n);
	if (failed)
		fprintf(stderr, "%u were refused by the kernel\n", failed);
	return 0;
}

static int receive_flow(const char *at, const char *port)
{
	struct sockaddr_in sa = address(at, port);
	uint8_t *seen = calloc(NUMBERS_MAX / 8, 1);
	int fd = open_at(&sa);
	uint32_t n = 0, next = 0;

	if (!seen)
		die("calloc");
	while (!stopped) {
		uint32_t number;

		if (recv(fd, &number, sizeof(number), 0) != sizeof(number))
			continue;
		number = ntohl(number);
		if (number >= NUMBERS_MAX || (seen[number / 8] & 1u << number % 8))
			continue;
		seen[number / 8] |= (uint8_t)(1u << number % 8);
		if (number > next)
			fprintf(stderr, "after %u came %u\n", next, number);
		next = number + 1;
		n++;
	}
	printf("%u\n", n);
	free(seen);
	return 0;
}

int main(int argc, char **argv)
{
	struct sigaction sa = {.sa_handler = on_signal}; /* no SA_RESTART: recv ends */

	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGINT, &sa, NULL);
	if (argc == 6 && strcmp(argv[1], "send") == 0)
		return send_flow(argv[2], argv[3], argv[4], argv[5]);
	if (argc == 4 && strcmp(argv[1], "receive") == 0)
		return receive_flow(argv[2], argv[3]);
	fputs("usage: flow send FROM TO PORT HZ | flow receive AT PORT\n", stderr);
	return 1;
}
